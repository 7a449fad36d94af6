/** What was left without an answer. */
import type { Component } from 'svelte'
import type { Payment } from './pay.svelte'
import { wallet } from './state.svelte'

/**
 * Payments that may have been made, though no answer said so. A screen that is left takes its key
 * with it, and whoever came back would pay a second time: so it is asked for from any other screen.
 */
class Unanswered {
  /** What shows them: it has come with the screen that paid, as there may be no line for it. */
  Part = $state.raw<Component | undefined>(undefined)
  private all = $state.raw<Payment<unknown>[]>([])

  note(payment: Payment<unknown>, Part: Component): void {
    const others = this.all.filter((each) => each !== payment)
    if (payment.step === 'unknown') this.Part = Part
    this.all = payment.step === 'unknown' ? [...others, payment] : others
  }

  /** Those whose screens are gone. */
  get left(): Payment<unknown>[] {
    const payer = wallet.me?.party.id
    return this.all.filter((each) => each.left && each.payer === payer)
  }
}

export const unanswered = new Unanswered()
