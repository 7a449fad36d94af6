import type { texts as English } from './en'

export const texts: typeof English = {
  parts: {
    title: '分阶段工作',
    approve: '验收并付款',
    reject: '尚未完成',
    submit: '已完成',
    states: { open: '未开始', submitted: '已提交', approved: '已验收' },
  },
  fee: (percent: string) => `平台收取卖家所得的 ${percent}。`,
  invite: {
    title: '给买家看',
    anyone: '打开的人可以看到订单，付款的人就是买家。',
    named: '订单已在买家的钱包里等待，用这个也能打开。',
    code: '订单二维码',
  },
}
