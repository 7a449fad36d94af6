/** What money moved for and where an order stands, in the reader's language. */
import type { TradeView } from '$shared/api/schema'
import { t } from '../texts'

export function reasonOf(code: string): string {
  return t.now.reasons[code] ?? t.now.reasons['other'] ?? code
}

export function stateOf({ delivery, state }: TradeView): string {
  const { states, work } = t.now.orders
  return (delivery === 'milestones' && work[state]) || (states[state] ?? state)
}
