/** Who is at the console, what they may do, and the names behind ids. */
import { SvelteMap } from 'svelte/reactivity'
import { Client } from '$shared/api/client'
import type { LedgerAccount } from '$shared/api/schema'
import { Presence } from '$shared/presence.svelte'
import { Router } from '$shared/router.svelte'

export const client = new Client('console')
export const router = new Router('/console')

class Desk extends Presence {
  get operator(): boolean {
    return this.may('operator')
  }

  protected override async read(): Promise<() => void> {
    const me = await client.get('/v1/me')
    return () => (this.me = me)
  }

  protected override forget(): void {
    names.clear()
    accounts.clear()
    asked.clear()
  }
}

export const desk = new Desk(client, router)

const names = new SvelteMap<string, string>()
const asked = new Set<string>()

/** The public name of a party, asked for once; its id until it is known. */
export function nameOf(party: string): string {
  if (party === desk.me?.party.id) return desk.me.party.display_name
  const known = names.get(party)
  if (known !== undefined) return known
  if (!asked.has(party)) {
    asked.add(party)
    queueMicrotask(() => void ask(party))
  }
  return short(party)
}

/** Names that came with a list. */
export function learn(parties: readonly { id: string; display_name: string }[]): void {
  for (const each of parties) {
    asked.add(each.id)
    names.set(each.id, each.display_name)
  }
}

async function ask(party: string): Promise<void> {
  try {
    if (desk.operator) learn([await client.get('/v1/parties/{party}', { path: { party } })])
    else learn([(await client.get('/v1/payees/{payee}', { path: { payee: party } })).party])
  } catch {
    asked.delete(party)
  }
}

const accounts = new SvelteMap<string, LedgerAccount>()

/** An account of the books by its id, asked for once; nothing until it is known. */
export function accountOf(account: string): LedgerAccount | undefined {
  const known = accounts.get(account)
  if (!known && !asked.has(account)) {
    asked.add(account)
    queueMicrotask(() => void look(account))
  }
  return known
}

async function look(account: string): Promise<void> {
  try {
    const path = { account }
    accounts.set(account, await client.get('/v1/ledger/accounts/{account}', { path }))
  } catch {
    asked.delete(account)
  }
}

/** An id as short as people can still tell apart: its noun and its end. */
export function short(id: string): string {
  const at = id.indexOf('_')
  return at > 0 ? `${id.slice(0, at + 1)}…${id.slice(-6)}` : `…${id.slice(-8)}`
}

/** Where an id leads, by its noun. */
export function pathOf(id: string): string | undefined {
  const noun = id.slice(0, id.indexOf('_'))
  const heads: Record<string, string> = {
    par: '/parties/',
    trd: '/trades/',
    acc: '/ledger/accounts/',
    tfr: '/ledger/transfers/',
    env: '/ledger/subjects/',
    ord: '/orders/',
    sgr: '/safeguarding/',
  }
  const head = heads[noun]
  if (head) return head + id
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
    ? `/ledger/subjects/${id}`
    : undefined
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** The public id of a UUID: the noun and 26 characters of Crockford's base 32. */
export function publicId(noun: string, uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = ALPHABET[Number(value & 31n)] + text
    value >>= 5n
  }
  return `${noun}_${text}`
}
