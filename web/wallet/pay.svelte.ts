/** Payments out of this wallet: its balance is read anew after each. */
import { onDestroy } from 'svelte'
import { Payment as Paying, type Send, type Wish } from '$shared/pay.svelte'
import Unanswered from './parts/Unanswered.svelte'
import { client, wallet } from './state.svelte'
import { unanswered } from './unanswered.svelte'

export class Payment<T> extends Paying<T> {
  readonly payer = wallet.me?.party.id
  /** The screen that made it is gone. */
  left = $state(false)

  /** Made as a screen begins. */
  constructor(wish: () => Wish, send: Send<T>) {
    super(client, wish, send, () => void wallet.refresh())
    onDestroy(() => (this.left = true))
  }

  override async go(): Promise<void> {
    await super.go()
    unanswered.note(this, Unanswered)
  }
}
