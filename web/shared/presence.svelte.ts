/** Who is here in an app: from the session that this browser keeps, to its end. */
import { Refused, Unanswered, type Client, type Session } from './api/client'
import { enterDemo, logIn } from './api/entry'
import type { MeView } from './api/schema'
import { troubleOf, type Trouble } from './load.svelte'
import type { Router } from './router.svelte'

export abstract class Presence {
  stage = $state<'opening' | 'out' | 'locked' | 'in'>('opening')
  me = $state.raw<MeView | undefined>(undefined)
  session = $state.raw<Session | undefined>(undefined)
  /** The last thing asked for here had no answer. */
  offline = $state(false)
  /** Why there is no first screen yet. */
  trouble = $state.raw<Trouble | undefined>(undefined)

  constructor(
    protected readonly client: Client,
    protected readonly router: Router,
  ) {}

  /**
   * Asks for what every screen of the app needs. The function that comes back puts it there; it is
   * not called when somebody else is here by then.
   */
  protected abstract read(): Promise<() => unknown>

  /** Puts there what an earlier visit kept, before anything is asked for. */
  protected recall(): unknown {
    return undefined
  }

  /** Lets go of what was known of who was here; also of what is kept, if `all` tabs know nobody. */
  protected forget(_all: boolean): unknown {
    return undefined
  }

  may(scope: string): boolean {
    return this.me?.scopes.includes(scope) ?? false
  }

  async open(): Promise<void> {
    this.client.onLoss((refused) => void this.lost(refused))
    this.session = await this.client.restore()
    if (!this.session) return void (this.stage = 'out')
    await this.recall()
    await this.refresh()
  }

  /** Read anew; without an answer, what was known stays. */
  async refresh(): Promise<void> {
    const asked = this.client.session
    try {
      const put = await this.read()
      if (this.client.session !== asked) return
      await put()
      this.offline = false
      this.trouble = undefined
      if (this.stage === 'opening') this.stage = 'in'
    } catch (error) {
      if (error instanceof Unanswered) this.offline = true
      this.trouble = troubleOf(error)
    }
  }

  async entered(): Promise<void> {
    this.session = this.client.session
    this.trouble = undefined
    this.stage = 'opening'
    await this.refresh()
  }

  /** Be nobody here: after a logout, or to enter as somebody else. */
  async left(): Promise<void> {
    await this.gone()
    this.router.go('/', true)
  }

  /**
   * Show that the person is still there: a touch of the passkey, or the demo's stand-in for one.
   */
  async touch(): Promise<void> {
    const { session } = this.client
    const handle = this.me?.party.handle
    if (session?.demo && handle) await enterDemo(this.client, handle)
    else await logIn(this.client, session?.session)
    this.session = this.client.session
    if (this.stage === 'locked') this.stage = this.me ? 'in' : 'opening'
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

  /** A session that ended by itself: who enters again is where they were. */
  private async lost(refused: Refused): Promise<void> {
    if (refused.code === 'session-locked') this.stage = 'locked'
    else await this.gone()
  }

  private async gone(): Promise<void> {
    const all = await this.client.leave()
    await this.forget(all)
    this.session = undefined
    this.me = undefined
    this.stage = 'out'
  }
}
