/** Whose till this is, and what has come in while it stands open. */
import { SvelteMap } from 'svelte/reactivity'
import { Client } from '$shared/api/client'
import type { AccountView, SaleEvent } from '$shared/api/schema'
import { listen } from '$shared/api/stream'
import { Presence } from '$shared/presence.svelte'
import { Router } from '$shared/router.svelte'
import { sound } from './sound.svelte'

export const client = new Client('merchant')
export const router = new Router('/merchant')

const KEPT = 20

class Shop extends Presence {
  accounts = $state.raw<AccountView[]>([])
  /** Payments that came in while one looks, newest first. */
  heard = $state.raw<SaleEvent[]>([])
  live = $state(false)

  get currency(): string {
    return this.purse?.currency ?? 'CNY'
  }
  get purse(): AccountView | undefined {
    const purses = this.accounts.filter((each) => each.code === 'merchant')
    return purses.find((each) => each.balance_minor > 0) ?? purses[0]
  }

  /** Listen to sales until the function that comes back is called. */
  follow(): () => void {
    const stop = listen<SaleEvent>(client, '/v1/sales/stream', {
      heard: (sale) => {
        this.heard = [sale, ...this.heard].slice(0, KEPT)
        if (!sale.refund) sound.chime()
        void this.refresh()
      },
      live: (live) => {
        this.live = live
        // What could not be asked for while there was no line is asked for now.
        if (live && this.offline) void this.refresh()
      },
    })
    return () => {
      stop()
      this.live = false
    }
  }

  protected override async read(): Promise<() => void> {
    const me = await client.get('/v1/me')
    const sees = me.scopes.includes('accounts:read')
    const accounts = sees ? (await client.get('/v1/accounts')).items : []
    return () => {
      this.me = me
      this.accounts = accounts
    }
  }

  protected override forget(): void {
    this.accounts = []
    this.heard = []
  }
}

export const shop = new Shop(client, router)

const names = new SvelteMap<string, string>()
const asked = new Set<string>()

/** The public name of a customer, asked for once; nothing until it is known. */
export function nameOf(party: string): string {
  if (!asked.has(party)) {
    asked.add(party)
    queueMicrotask(() => void ask(party))
  }
  return names.get(party) ?? ''
}

async function ask(party: string): Promise<void> {
  const found = await client
    .get('/v1/payees/{payee}', { path: { payee: party } })
    .catch(() => undefined)
  if (found) names.set(party, found.party.display_name)
  else asked.delete(party)
}
