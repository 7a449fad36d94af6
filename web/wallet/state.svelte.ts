/** Who is here and what they have: read once, kept for an opening without a network. */
import { Client } from '$shared/api/client'
import { drop, keep, kept } from '$shared/api/keys'
import type { AccountView, MeView } from '$shared/api/schema'
import { Presence } from '$shared/presence.svelte'
import { Router } from '$shared/router.svelte'

export const client = new Client('wallet')
export const router = new Router('/wallet')

interface Snapshot {
  me: MeView
  accounts: AccountView[]
  at: number
}

class Wallet extends Presence {
  accounts = $state.raw<AccountView[]>([])
  /** When the accounts were read: ms since 1970. */
  readAt = $state(0)
  /** Recovery codes were made here and shown, and nobody has said yet that they are kept. */
  unkept = $state(false)

  get currency(): string {
    return this.purse?.currency ?? 'CNY'
  }
  get purse(): AccountView | undefined {
    const purses = this.accounts.filter(
      (each) => each.code === 'wallet' || each.code === 'merchant',
    )
    return purses.find((each) => each.balance_minor > 0) ?? purses[0]
  }

  protected override async recall(): Promise<void> {
    const snapshot = await kept<Snapshot>('snapshot')
    if (!snapshot || snapshot.me.party.id !== this.session?.party) return
    this.me = snapshot.me
    this.accounts = snapshot.accounts
    this.readAt = snapshot.at
    this.stage = 'in'
  }

  protected override async read(): Promise<() => Promise<void>> {
    const [me, { items }] = await Promise.all([client.get('/v1/me'), client.get('/v1/accounts')])
    return async () => {
      this.me = me
      this.accounts = items
      this.readAt = Date.now()
      await keep('snapshot', { me, accounts: items, at: this.readAt })
      this.unkept = (await kept('codes')) === me.party.id
    }
  }

  protected override async forget(all: boolean): Promise<void> {
    this.accounts = []
    if (!all) return
    await drop('snapshot')
    await drop('codes')
    await drop('seed')
    await drop(`owed:${this.session?.party}`)
  }

  /** Codes are shown once: whose they are is remembered until they are said to be kept. */
  async codes(party?: string): Promise<void> {
    await (party ? keep('codes', party) : drop('codes'))
    this.unkept = party !== undefined
  }

  override async entered(): Promise<void> {
    await super.entered()
    if (['enter', 'invite'].includes(router.parts[0] ?? '')) router.go('/', true)
  }
}

export const wallet = new Wallet(client, router)

addEventListener('online', () => void wallet.refresh())
addEventListener('offline', () => (wallet.offline = true))
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && wallet.stage === 'in') void wallet.refresh()
})
