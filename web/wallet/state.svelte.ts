/** Who is here and what they have: read once, kept for an opening without a network. */
import { Client, Refused, Unanswered, type Session } from '$shared/api/client'
import { enterDemo, logIn } from '$shared/api/entry'
import { drop, keep, kept } from '$shared/api/keys'
import type { AccountView, MeView } from '$shared/api/schema'
import { Router } from '$shared/router.svelte'

export const client = new Client('wallet')
export const router = new Router('/wallet')

interface Snapshot {
  me: MeView
  accounts: AccountView[]
  at: number
}

class Wallet {
  stage = $state<'opening' | 'out' | 'locked' | 'in'>('opening')
  me = $state.raw<MeView | undefined>(undefined)
  accounts = $state.raw<AccountView[]>([])
  /** When the accounts were read: ms since 1970. */
  readAt = $state(0)
  offline = $state(false)
  session = $state.raw<Session | undefined>(undefined)

  get currency(): string {
    return this.purse?.currency ?? 'CNY'
  }
  get purse(): AccountView | undefined {
    const purses = this.accounts.filter(
      (each) => each.code === 'wallet' || each.code === 'merchant',
    )
    return purses.find((each) => each.balance_minor > 0) ?? purses[0]
  }

  async open(): Promise<void> {
    this.session = await client.restore()
    client.onLoss((refused) => void this.lost(refused))
    if (!this.session) {
      this.stage = 'out'
      return
    }
    const snapshot = await kept<Snapshot>('snapshot')
    if (snapshot && snapshot.me.party.id === this.session.party) {
      this.me = snapshot.me
      this.accounts = snapshot.accounts
      this.readAt = snapshot.at
      this.stage = 'in'
    }
    await this.refresh()
  }

  /** Read anew; offline, what was known stays, marked as old. */
  async refresh(): Promise<void> {
    try {
      const [me, accounts] = await Promise.all([client.get('/v1/me'), client.get('/v1/accounts')])
      this.me = me
      this.accounts = accounts.items
      this.readAt = Date.now()
      this.offline = false
      if (this.stage !== 'locked') this.stage = 'in'
      await keep('snapshot', { me, accounts: accounts.items, at: this.readAt })
    } catch (error) {
      if (error instanceof Unanswered) {
        this.offline = true
        if (this.stage === 'opening') this.stage = 'in'
      } else if (!(error instanceof Refused)) throw error
    }
  }

  async entered(): Promise<void> {
    this.session = client.session
    this.stage = 'opening'
    await this.refresh()
    if (['enter', 'invite'].includes(router.parts[0] ?? '')) router.go('/', true)
  }

  async left(): Promise<void> {
    await drop('snapshot')
    await drop('seed')
    this.session = undefined
    this.me = undefined
    this.accounts = []
    this.stage = 'out'
    router.go('/', true)
  }

  private async lost(refused: Refused): Promise<void> {
    if (refused.code === 'session-locked') {
      this.stage = 'locked'
      return
    }
    await client.enter(undefined)
    await this.left()
  }

  /**
   * Show that the person is still there: a touch of the passkey, or the demo's stand-in for one.
   */
  async touch(): Promise<void> {
    const { session } = client
    if (session?.demo) await enterDemo(client, this.me?.party.handle ?? '')
    else await logIn(client, session?.session)
    this.session = client.session
    if (this.stage === 'locked') this.stage = 'in'
    await this.refresh()
  }

  /** Do something that may need a touch of a moment ago; asks for it once. */
  async touched<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'touch-needed') throw error
      await this.touch()
      return await act()
    }
  }
}

export const wallet = new Wallet()

addEventListener('online', () => void wallet.refresh())
addEventListener('offline', () => (wallet.offline = true))
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && wallet.stage === 'in') void wallet.refresh()
})
