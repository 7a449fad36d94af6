/** The words of a trade's state, which depend on what is delivered. */
import type { TradeView } from '$shared/api/schema'
import { t } from '../texts'
import { o } from './texts'

export function stateOf(trade: Pick<TradeView, 'delivery' | 'state'>): string {
  return (
    o.now.states[trade.delivery]?.[trade.state] ?? t.now.orders.states[trade.state] ?? trade.state
  )
}
