/** Payments out of this wallet: its balance is read anew after each. */
import { Payment as Paying, type Send, type Wish } from '$shared/pay.svelte'
import { client, wallet } from './state.svelte'

export class Payment<T> extends Paying<T> {
  constructor(wish: () => Wish, send: Send<T>) {
    super(client, wish, send, () => void wallet.refresh())
  }
}
