import type { texts as English } from './en'

export const texts: typeof English = {
  as: (name) => `付款人：${name}`,
  how: '金额',
  tip: '小费',
  noTip: '不加',
  pay: (amount) => `支付 ${amount}`,
  payAny: '支付',
  login: '用通行密钥登录',
  loginWhy: '登录后轻触一次，只批准这一笔付款。',
  unlock: '用通行密钥解锁',
  touching: '等待通行密钥',
  unknown: '没有收到答复，付款可能成功，也可能没有。',
  findOut: '查明结果',
  paid: '已付款',
  to: (shop) => `付给 ${shop}`,
  returning: '正在返回商户……',
  changed: '你打开本页后，商家改了价格。',
  anew: '查看新价格',
  back: '返回商户',
  wallet: '打开钱包',
  outOfBounds: (least, most) =>
    least && most ? `${least} 至 ${most}` : least ? `至少 ${least}` : `至多 ${most}`,
}
