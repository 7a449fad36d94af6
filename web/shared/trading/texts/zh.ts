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
  reprice: {
    title: '改价',
    one: (n: number) => `单价，共 ${n} 件`,
    freight: '运费',
    total: '合计',
  },
  ratings: {
    title: '评价',
    seller: '评价卖家',
    buyer: '评价买家',
    stars: (n: number) => `五星中的 ${n} 星`,
    given: '你给出的',
    got: '你收到的',
    words: '说几句（可不填）',
    wordsHint: '内容会加密：只有交易双方可以打开，每次查看都有记录。',
    send: '提交评价',
    read: '查看评语',
  },
}
