/**
 * Why something did not work, in the reader's language; a refusal without a text gives its own
 * title.
 */
import type { Trouble } from '../load.svelte'
import { words } from './words.svelte'

export function reason(trouble: Trouble): string {
  if (trouble.kind === 'offline') return words.now.offline
  if (trouble.kind === 'odd') return words.now.odd
  return words.now.refusals[trouble.code] ?? (trouble.title || words.now.odd)
}
