/** What stands in the place of a screen whose program did not come. */
import type { Trouble } from './load.svelte'

/** Of a release that is gone there is nothing to ask for again: the page is loaded anew. */
export function unread(): { trouble: Trouble; again?: () => void } {
  return navigator.onLine
    ? { trouble: { kind: 'odd' }, again: () => location.reload() }
    : { trouble: { kind: 'offline' } }
}
