/** Whose till this is, and what has come in while it stands open. */
import { SvelteMap } from 'svelte/reactivity'
import { Client, Refused, type Session } from '$shared/api/client'
import { enterDemo, logIn } from '$shared/api/entry'
import type { AccountView, MeView, SaleEvent } from '$shared/api/schema'
import { listen } from '$shared/api/stream'
import { Router } from '$shared/router.svelte'
import { sound } from './sound.svelte'

export const client = new Client('merchant')
export const router = new Router('/merchant')

const KEPT = 20

class Shop {
  stage = $state<'opening' | 'out' | 'in'>('opening')
  me = $state.raw<MeView | undefined>(undefined)
  accounts = $state.raw<AccountView[]>([])
  /** Payments that came in while one looks, newest first. */
  heard = $state.raw<SaleEvent[]>([])
  live = $state(false)
  private stop: (() => void) | undefined

  get currency(): string {
    return this.purse?.currency ?? 'CNY'
  }
  get purse(): AccountView | undefined {
    const purses = this.accounts.filter((each) => each.code === 'merchant')
    return purses.find((each) => each.balance_minor > 0) ?? purses[0]
  }

  may(scope: string): boolean {
    return this.me?.scopes.includes(scope) ?? false
  }

  async open(): Promise<void> {
    const session: Session | undefined = await client.restore()
    client.onLoss(() => void this.leave())
    if (session) await this.entered()
    else this.stage = 'out'
  }

  async entered(): Promise<void> {
    await this.refresh()
    this.stage = 'in'
    this.stop?.()
    this.stop = listen<SaleEvent>(client, '/v1/sales/stream', {
      heard: (sale) => {
        this.heard = [sale, ...this.heard].slice(0, KEPT)
        if (!sale.refund) sound.chime()
        if (this.may('accounts:read')) void this.refresh()
      },
      live: (live) => (this.live = live),
    })
  }

  async refresh(): Promise<void> {
    const me = await client.get('/v1/me')
    this.me = me
    if (me.scopes.includes('accounts:read'))
      this.accounts = (await client.get('/v1/accounts')).items
  }

  async leave(): Promise<void> {
    this.stop?.()
    await client.enter(undefined)
    this.me = undefined
    this.stage = 'out'
  }

  /** Do something that may need a passkey touched a moment ago; asks for it once. */
  async touched<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'touch-needed') throw error
      if (client.session?.demo) await enterDemo(client, this.me?.party.handle ?? '')
      else await logIn(client, client.session?.session)
      return await act()
    }
  }
}

export const shop = new Shop()

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
