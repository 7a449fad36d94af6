/** What money moved for and where an order stands, in the reader's language. */
import type { TradeView } from '$shared/api/schema'
import { wallet } from '../state.svelte'
import { t } from '../texts'

export function reasonOf(code: string): string {
  return t.now.reasons[code] ?? t.now.reasons['other'] ?? code
}

/** Where an order stands, in the words of the side of it that looks. */
export function stateOf({ delivery, sellers, state }: TradeView): string {
  const { states, work, sold, soldWork } = t.now.orders
  const inParts = delivery === 'milestones'
  const selling = sellers.includes(wallet.me?.party.id ?? '')
  const words = selling ? (inParts ? soldWork : sold) : inParts ? work : states
  return words[state] ?? states[state] ?? state
}
