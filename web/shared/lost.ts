/** What was looked for is not there, and asking again finds nothing either. */
import type { Trouble } from './load.svelte'

const NOWHERE = ['not-found', 'invalid-field']

/** Of what reading one thing refuses: there is none, or its address is none. */
export function isLost(trouble: Trouble | undefined): boolean {
  return trouble?.kind === 'refused' && NOWHERE.includes(trouble.code)
}
