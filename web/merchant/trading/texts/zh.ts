import type { texts as English } from './en'

export const texts: typeof English = {
  delivery: '交付方式',
  deliveries: {
    ship: '寄送商品',
    milestones: '分期交付',
    none: '无需寄送',
  },
  deliveryWhy: {
    ship: '款项担保至顾客收到商品，或期限内没有异议。',
    milestones: '每一期分别交付、验收、付款。',
    none: '座位、课程或当面交付：款项一天后自动结算。',
  },
  things: {
    title: '商品',
    name: '内容',
    count: '数量',
    amount: '价格',
    add: '再加一件',
    remove: (n) => `去掉第 ${n} 件`,
  },
  takeWhy: '顾客出示付款码；款项为此订单担保，与在钱包付款相同。',
  states: {
    none: { 'wait-buyer-confirm': '已付款，待结算' },
    milestones: { 'wait-seller-ship': '待完成', 'wait-buyer-confirm': '待买家验收' },
  },
  parts: {
    title: '分期内容',
    name: '内容',
    amount: '价格',
    add: '再加一期',
    remove: (n) => `去掉第 ${n} 期`,
  },
  settle: {
    title: '立即结算',
    why: (held) => `此订单无需寄送，不必等到期限。目前担保金额为 ${held}。`,
    amount: '金额；留空即全部',
  },
  split: {
    title: '分账给他人',
    whyHeld: '从你的份额中支付，与你同时到账。此操作不能撤回。',
    whyPaid: '你已收到货款，所以现在从你的账户支付。',
    whom: '谁得多少',
    name: '用户名',
    amount: '金额',
    add: '再加一位',
    remove: (n) => `去掉第 ${n} 行`,
  },
  shares: {
    title: '谁得多少',
    paid: (amount) => `其中已放款 ${amount}`,
  },
}
