/** What the components on this page are shown with. */
import type { EventView, EvidenceView, Problem, TradeView } from '$shared/api/schema'

export const DAY = ['Ada', 'Ben', '陈静', 'ליאור']

export const REFUSAL = {
  code: 'insufficient-funds',
  title: 'There is too little money.',
  status: 409,
  facts: {},
} as unknown as Problem

const AT = '2026-11-26T10:45:00Z'
export const TRADE = {
  id: 'trd_01m8cdeth3eavam2ybvrk5dt3w',
  title: 'A teapot of Yixing clay',
  currency: 'CNY',
  lines: [{ title: 'A teapot of Yixing clay', quantity: 1, unit_price_minor: 36000 }],
  freight_minor: 1200,
  total_minor: 37200,
  held_minor: 37200,
  refund: null,
  dispute: null,
  buyer: 'par_1',
  sellers: ['par_2'],
  milestones: [
    { title: 'The clay is turned', amount_minor: 12000, state: 'approved' },
    { title: 'The glaze is fired', amount_minor: 12000, state: 'submitted' },
    { title: 'It is packed', amount_minor: 13200, state: 'open' },
  ],
} as unknown as TradeView

export const TIMELINE = ['trade.created', 'trade.paid', 'dispute.opened'].map((verb) => ({
  at: AT,
  verb,
})) as unknown as EventView[]

export const PIECES = [null, 'image/png', 'application/pdf'].map((content_type, i) => ({
  id: `evd_${i}`,
  content_type,
  added_at: AT,
})) as unknown as EvidenceView[]
