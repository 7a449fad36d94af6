/** What moved for a trade or for a subject of the ledger, as sides of one drawing. */
import type { LedgerAccount, SubjectMoney, TradeView } from '$shared/api/schema'
import { router } from '../state.svelte'
import type { texts } from '../texts/en'
import type { Flow, Middle, Side } from './Drawing.svelte'

/** What a ruling would pay, before it is given. */
export interface Planned {
  buyer: number
  payees: Record<string, number>
  fee: number
}

export interface Drawn {
  left: Side[]
  middle: Middle
  right: Side[]
}

type Words = (typeof texts)['drawing']

/** A trade's money from its own figures: the buyer, the pot, the payees and the fee. */
export function drawTrade(
  trade: TradeView,
  planned: Planned | undefined,
  words: Words,
  nameOf: (party: string) => string,
): Drawn {
  const flow = (way: Flow['way'], minor: number, text: string, plan = false): Flow[] =>
    minor > 0 ? [{ way, minor, text, planned: plan }] : []
  const left: Side[] = trade.paid_minor
    ? [
        {
          id: 'buyer',
          name: trade.buyer ? nameOf(trade.buyer) : words.buyer,
          detail: words.buyer,
          flows: [
            ...flow('in', trade.paid_minor, words.paid),
            ...flow('out', trade.refunded_minor, words.refunded),
            ...flow('out', planned?.buyer ?? 0, words.planned, true),
          ],
        },
      ]
    : []
  const right: Side[] = trade.payees
    .map((payee) => ({
      id: `${payee.party} ${payee.seller}`,
      name: nameOf(payee.party),
      detail: payee.party === payee.seller ? words.seller : words.royalty,
      flows: [
        ...flow('out', payee.released_minor - payee.fee_minor, words.released),
        ...flow('out', planned?.payees[payee.party] ?? 0, words.planned, true),
      ],
    }))
    .filter((side) => side.flows.length || trade.held_minor)
  const fee = [
    ...flow('out', trade.fee_minor, words.fee),
    ...flow('out', planned?.fee ?? 0, words.planned, true),
  ]
  if (fee.length) right.push({ id: 'fee', name: words.house, detail: words.feeAccount, flows: fee })
  if (trade.reclaimed_minor && right[0])
    right[0].flows.push(...flow('in', trade.reclaimed_minor, words.reclaimed))
  return { left, middle: { name: words.pot, detail: words.held, minor: trade.held_minor }, right }
}

/** A subject's money from the ledger's rows: who pays into the pot stands left, others right. */
export function drawSubject(
  money: SubjectMoney,
  words: Words,
  codes: Record<string, string>,
  named: (account: LedgerAccount) => string,
  kinds: Record<string, string>,
): Drawn | undefined {
  const first = money.streams[0]
  if (!first) return undefined
  // A payment between two accounts has no pot: its payee stands in the middle.
  const centre = money.pot ?? first.credit
  const known = new Map(money.accounts.map((each) => [each.id, each]))
  const side = (id: string): Side => {
    const account = known.get(id)
    return {
      id,
      name: account ? named(account) : id,
      detail: account ? (kinds[account.code] ?? account.code) : '',
      href: router.href(`/ledger/accounts/${id}`),
      flows: money.streams
        .filter((each) => each.debit === id || each.credit === id)
        .map((each) => ({
          way: each.debit === id ? ('in' as const) : ('out' as const),
          minor: each.amount_minor,
          text: codes[each.code] ?? each.code,
        })),
    }
  }
  const others = [...new Set(money.streams.flatMap((each) => [each.debit, each.credit]))].filter(
    (id) => id !== centre,
  )
  const pays = (id: string) =>
    money.streams.find((each) => each.debit === id || each.credit === id)?.debit === id
  const pot = known.get(centre)
  return {
    left: others.filter(pays).map(side),
    middle: {
      name: money.pot ? words.pot : pot ? named(pot) : '',
      detail: money.pot ? words.held : pot ? (kinds[pot.code] ?? pot.code) : '',
      href: router.href(`/ledger/accounts/${centre}`),
      minor: money.pot ? (pot?.balance_minor ?? 0) : first.amount_minor,
    },
    right: others.filter((id) => !pays(id)).map(side),
  }
}
