/** Never run: what the type checker must refuse, or a write could be sent twice. */
import type { Client } from './client'

export function unsound(client: Client): unknown[] {
  const body = { payee: 'ben', amount_minor: 1, currency: 'CNY', memo: null }
  const key = crypto.randomUUID() as string
  return [
    // @ts-expect-error A write has a key.
    client.post('/v1/payments', { body }),
    // @ts-expect-error No write is so small that it has none.
    client.delete('/v1/session'),
    // @ts-expect-error The key is not of the screen's own making.
    client.post('/v1/payments', { key, body }),
    // @ts-expect-error Nor is there a way round it.
    client.call('POST', '/v1/payments', { body }),
  ]
}
