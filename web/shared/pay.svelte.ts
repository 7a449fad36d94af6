/**
 * One payment from the wish to the answer.
 *
 * The Idempotency-Key is made once, so a second tap, a lost answer and a try after a dead network
 * are the same payment. When no answer came, or a server that failed gave it, nothing is assumed:
 * the same call is asked again until the server says what happened.
 */
import { Refused, rests, type Client, type Key } from './api/client'
import { approve, Untouched } from './api/entry'
import { troubleOf, type Trouble } from './load.svelte'
import { Once } from './once'

export interface Wish {
  payee: string
  amount_minor: number
  currency: string
}

export type Step = 'ready' | 'touching' | 'sending' | 'unknown' | 'paid' | 'refused'

/** How the payment is sent once it is approved, or goes without a touch. */
export type Send<T> = (mandate: string | null, key: Key) => Promise<T>

export class Payment<T> {
  step = $state<Step>('ready')
  trouble = $state.raw<Trouble | undefined>(undefined)
  result = $state.raw<T | undefined>(undefined)
  private once = new Once()
  private mandate: string | null = null
  /** What the mandate was given for; one for anything else is not used. */
  private approved = ''

  /** With `always`, nothing goes without a touch, also where the payer's allowance would do. */
  constructor(
    private client: Client,
    readonly wish: () => Wish,
    private send: Send<T>,
    private done: () => void = () => undefined,
    private always = false,
  ) {}

  get busy(): boolean {
    return this.step === 'touching' || this.step === 'sending'
  }

  async go(): Promise<void> {
    if (this.busy || this.step === 'paid') return
    this.trouble = undefined
    try {
      await this.attempt()
    } catch (error) {
      if (this.once.lost) this.step = 'unknown'
      else if (rests(error)) this.step = 'ready'
      else {
        this.step = error instanceof Untouched ? 'ready' : 'refused'
        this.trouble = troubleOf(error)
      }
    }
  }

  private async attempt(): Promise<void> {
    this.step = 'sending'
    if (this.mandate && this.approved !== JSON.stringify(this.wish())) this.forget()
    if (this.always && !this.mandate) await this.touch()
    try {
      this.result = await this.sent()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const untouched = error.code === 'approval-needed' && !this.mandate
      if (!untouched) {
        if (error.code.startsWith('mandate-')) this.forget()
        throw error
      }
      await this.touch()
      this.result = await this.sent()
    }
    this.step = 'paid'
    this.done()
  }

  private sent(): Promise<T> {
    return this.once.send((key) => this.send(this.mandate, key))
  }

  private async touch(): Promise<void> {
    this.step = 'touching'
    const wish = this.wish()
    this.mandate = await approve(this.client, wish)
    this.approved = JSON.stringify(wish)
    this.step = 'sending'
  }

  private forget(): void {
    this.mandate = null
    this.approved = ''
  }
}
