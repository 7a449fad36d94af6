/** One write under one key, however often it is sent: the key lasts until an answer settles it. */
import { newKey, Refused, settles, Unanswered, type Key } from './api/client'

export class Once {
  /** It was sent, and whether it was done is not known. */
  lost = false
  private key = newKey()

  async send<T>(call: (key: Key) => Promise<T>): Promise<T> {
    try {
      const result = await call(this.key)
      this.renew()
      return result
    } catch (error) {
      if (settles(error)) this.renew()
      else if (leavesUnknown(error)) this.lost = true
      // That nothing was sent this time says nothing of the time before.
      if (this.lost && error instanceof Unanswered) throw new Unanswered('unknown')
      throw error
    }
  }

  private renew(): void {
    this.key = newKey()
    this.lost = false
  }
}

/** Whether a write may have been done, though nothing here says so. */
export function leavesUnknown(error: unknown): boolean {
  if (error instanceof Unanswered) return error.kind === 'unknown'
  return error instanceof Refused && error.status >= 500
}
