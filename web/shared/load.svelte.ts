/** Something asked of the server, with the states that every screen shows. */
import { Refused, Unanswered } from './api/client'
import { Untouched } from './api/entry'

export type Trouble =
  | { kind: Unanswered['kind'] }
  | { kind: 'refused'; code: string; facts: Record<string, unknown>; title: string }
  | { kind: 'untouched' | 'held' | 'keyless' }
  | { kind: 'odd' }

/** What it means that no passkey answered; most often somebody looked away or said no. */
const UNTOUCHED = {
  InvalidStateError: 'held',
  NotSupportedError: 'keyless',
  SecurityError: 'keyless',
} as const

export function troubleOf(error: unknown): Trouble {
  if (error instanceof Refused)
    return { kind: 'refused', code: error.code, facts: error.facts, title: error.problem.title }
  if (error instanceof Unanswered) return { kind: error.kind }
  if (error instanceof Untouched)
    return { kind: UNTOUCHED[error.why as keyof typeof UNTOUCHED] ?? 'untouched' }
  console.error(error)
  return { kind: 'odd' }
}

export class Loaded<T> {
  value = $state.raw<T | undefined>(undefined)
  trouble = $state.raw<Trouble | undefined>(undefined)
  loading = $state(false)
  private turn = 0

  constructor(private ask: () => Promise<T>) {
    void this.again()
  }

  /** Ask anew; what is known stays visible meanwhile. */
  async again(): Promise<void> {
    const turn = ++this.turn
    this.loading = true
    try {
      const value = await this.ask()
      if (turn !== this.turn) return
      this.value = value
      this.trouble = undefined
    } catch (error) {
      if (turn === this.turn) this.trouble = troubleOf(error)
    } finally {
      if (turn === this.turn) this.loading = false
    }
  }
}

interface PageOf<T> {
  items: T[]
  has_more: boolean
  next: string | null
}

/** A list a page at a time. */
export class Pages<T> {
  items = $state.raw<T[]>([])
  trouble = $state.raw<Trouble | undefined>(undefined)
  loading = $state(false)
  known = $state(false)
  more = $state(false)
  private next: string | null = null
  private turn = 0

  constructor(private ask: (cursor: string | undefined) => Promise<PageOf<T>>) {
    void this.again()
  }

  async again(): Promise<void> {
    await this.fetch(undefined)
  }

  async further(): Promise<void> {
    if (this.more && !this.loading && this.next) await this.fetch(this.next)
  }

  private async fetch(cursor: string | undefined): Promise<void> {
    const turn = ++this.turn
    this.loading = true
    try {
      const page = await this.ask(cursor)
      if (turn !== this.turn) return
      this.items = cursor ? [...this.items, ...page.items] : page.items
      this.next = page.next
      this.more = page.has_more
      this.known = true
      this.trouble = undefined
    } catch (error) {
      if (turn === this.turn) this.trouble = troubleOf(error)
    } finally {
      if (turn === this.turn) this.loading = false
    }
  }
}
