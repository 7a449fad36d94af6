/** Whom a handle means: with or without its sign; nobody where nothing is written. */
import { client } from '../state.svelte'

export async function partyOf(handle: string): Promise<string | null> {
  const wanted = handle.trim().replace(/^@/, '')
  if (!wanted) return null
  return (await client.get('/v1/directory/{handle}', { path: { handle: wanted } })).id
}

/** Who gets how much. One after another: handles are not looked up often. */
export async function partiesOf(wanted: readonly { name: string; minor: number }[]) {
  const found: { party: string; amount_minor: number }[] = []
  for (const { name, minor } of wanted)
    found.push({ party: (await partyOf(name)) ?? '', amount_minor: minor })
  return found
}
