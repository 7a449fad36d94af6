/**
 * What happens to this wallet while it is open: money that comes in shows at once, on every screen.
 *
 * The stream is opened again from the last event that was heard, so a network that was gone, or a
 * server that started anew, costs nothing but time.
 */
import { untrack } from 'svelte'
import { listen } from '$shared/api/stream'
import type { Event } from '$shared/api/schema'
import { client, wallet } from './state.svelte'

interface News {
  name: string
  amount_minor: number
  currency: string
}

const SHOWN_MS = 7_000
const TOGETHER_MS = 250
const BEGIN_MS = 2_500

class Live {
  /** Counts what happened, so that a screen can tell that it should look again. */
  turns = $state(0)
  news = $state.raw<News | undefined>(undefined)
  private waiting: ReturnType<typeof setTimeout> | undefined
  private hiding: ReturnType<typeof setTimeout> | undefined

  /** Listen until the function that comes back is called; begins when the first screen is there. */
  follow(): () => void {
    let stop: (() => void) | undefined
    let opened = false
    const begin = setTimeout(() => {
      stop = listen<Event>(client, '/v1/events/stream', {
        heard: (event) => this.heard(event),
        live: (on) => {
          // What happened between the first screen and now is told by no event.
          if (on && !opened) this.look()
          opened ||= on
          // It ends with its session too, which the next call finds out.
          if (!on) void wallet.refresh()
        },
      })
    }, BEGIN_MS)
    return () => {
      clearTimeout(begin)
      stop?.()
    }
  }

  private heard(event: Event): void {
    this.look()
    const { payee, payer, amount_minor, currency } = event.data
    if (event.type !== 'transfer.made' || payee !== wallet.me?.party.id) return
    if (typeof payer === 'string' && typeof amount_minor === 'number')
      void this.tell(payer, amount_minor, String(currency))
  }

  private look(): void {
    clearTimeout(this.waiting)
    this.waiting = setTimeout(() => {
      this.turns++
      void wallet.refresh()
    }, TOGETHER_MS)
  }

  private async tell(payer: string, amount_minor: number, currency: string): Promise<void> {
    const path = { payee: payer }
    const found = await client.get('/v1/payees/{payee}', { path }).catch(() => undefined)
    this.news = { name: found?.party.display_name ?? '', amount_minor, currency }
    clearTimeout(this.hiding)
    this.hiding = setTimeout(() => (this.news = undefined), SHOWN_MS)
  }
}

export const live = new Live()

/** Looks again whenever something happened; called where a screen is set up. */
export function again(look: () => unknown): void {
  let turn = live.turns
  $effect(() => {
    if (live.turns === turn) return
    turn = live.turns
    untrack(() => void look())
  })
}
