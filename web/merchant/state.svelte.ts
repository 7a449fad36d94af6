/** Who stands at the till, and the shop they stand for. */
import { Client, Refused, Unanswered, type Session } from '$shared/api/client'
import { enterDemo, logIn } from '$shared/api/entry'
import type { AccountView, MeView } from '$shared/api/schema'
import { Router } from '$shared/router.svelte'

export const client = new Client('merchant')
export const router = new Router('/merchant')

class Shop {
  stage = $state<'opening' | 'out' | 'locked' | 'in'>('opening')
  me = $state.raw<MeView | undefined>(undefined)
  accounts = $state.raw<AccountView[]>([])
  offline = $state(false)
  session = $state.raw<Session | undefined>(undefined)

  get purse(): AccountView | undefined {
    return (
      this.accounts.find((each) => each.code === 'merchant') ??
      this.accounts.find((each) => each.code === 'wallet')
    )
  }
  get currency(): string {
    return this.purse?.currency ?? 'CNY'
  }

  async open(): Promise<void> {
    this.session = await client.restore()
    client.onLoss((refused) => void this.lost(refused))
    if (this.session) await this.refresh()
    else this.stage = 'out'
  }

  async refresh(): Promise<void> {
    try {
      const [me, accounts] = await Promise.all([client.get('/v1/me'), client.get('/v1/accounts')])
      this.me = me
      this.accounts = accounts.items
      this.offline = false
      if (this.stage !== 'locked') this.stage = 'in'
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
  }

  async leave(): Promise<void> {
    await client.enter(undefined)
    this.session = undefined
    this.me = undefined
    this.accounts = []
    this.stage = 'out'
    router.go('/', true)
  }

  async touch(): Promise<void> {
    const { session } = client
    if (session?.demo) await enterDemo(client, this.me?.party.handle ?? '')
    else await logIn(client, session?.session)
    this.session = client.session
    if (this.stage === 'locked') this.stage = 'in'
    await this.refresh()
  }

  private async lost(refused: Refused): Promise<void> {
    if (refused.code === 'session-locked') this.stage = 'locked'
    else await this.leave()
  }
}

export const shop = new Shop()

addEventListener('online', () => void shop.refresh())
addEventListener('offline', () => (shop.offline = true))
