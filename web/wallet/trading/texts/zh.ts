import type { texts as English } from './en'

export const texts: typeof English = {
  you: '你',
  other: '对方',
  brought: {
    title: '证据',
    why: '调解员会查看双方提交的内容，你也可以查看。每次查看都会留下记录，提交人看得到。',
    none: '还没有提交',
    text: '文字',
    file: '文件',
    open: '打开',
    save: '保存文件',
    picture: (name: string) => `${name}的证据`,
  },
  selling: {
    asks: (amount: string) => `买家申请退款 ${amount}。`,
    agree: '同意',
    refuse: '拒绝',
    receive: '已收到退货，退款',
    ship: '已发货',
    back: '主动退款',
  },
  parts: {
    title: '分阶段工作',
    approve: '验收并付款',
    reject: '尚未完成',
    submit: '已完成',
    states: { open: '未开始', submitted: '已提交', approved: '已验收' },
  },
  giveBack: {
    title: '退款',
    why: '款项退给付款人，不会超过原付款金额。',
    amount: '退款金额',
    send: (amount: string) => (amount ? `退还 ${amount}` : '退还'),
    done: '已退还',
  },
}
