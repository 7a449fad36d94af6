/** Whom a handle means: with or without its sign; nobody where nothing is written. */
import { client } from '../state.svelte'

export async function partyOf(handle: string): Promise<string | null> {
  const wanted = handle.trim().replace(/^@/, '')
  if (!wanted) return null
  return (await client.get('/v1/directory/{handle}', { path: { handle: wanted } })).id
}
