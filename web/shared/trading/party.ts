/** Whom a handle or an id means: with or without its sign; nobody where nothing is written. */
import type { Client } from '$shared/api/client'

export async function partyOf(client: Client, written: string): Promise<string | null> {
  const payee = written.trim().replace(/^@/, '')
  if (!payee) return null
  return (await client.get('/v1/payees/{payee}', { path: { payee } })).party.id
}

/** Who gets how much. One after another: handles are not looked up often. */
export async function partiesOf(
  client: Client,
  wanted: readonly { name: string; minor: number }[],
) {
  const found: { party: string; amount_minor: number }[] = []
  for (const { name, minor } of wanted)
    found.push({ party: (await partyOf(client, name)) ?? '', amount_minor: minor })
  return found
}
