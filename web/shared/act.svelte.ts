/** One write of a screen: busy while it runs, its trouble kept, one key until it is answered. */
import { newKey } from './api/client'
import { troubleOf, type Trouble } from './load.svelte'

export class Act {
  /** What is being done, by a name of the screen's own; empty when nothing is. */
  busy = $state('')
  trouble = $state.raw<Trouble | undefined>(undefined)
  done = $state('')
  private keys = new Map<string, string>()

  async run(name: string, act: (key: string) => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false
    const key = this.keys.get(name) ?? newKey()
    this.keys.set(name, key)
    this.busy = name
    this.trouble = undefined
    this.done = ''
    try {
      await act(key)
      this.keys.delete(name)
      this.done = name
      return true
    } catch (error) {
      this.trouble = troubleOf(error)
      // A refusal is stored on its key; only a lost answer is asked for again under the same one.
      if (this.trouble.kind !== 'offline') this.keys.delete(name)
      return false
    } finally {
      this.busy = ''
    }
  }
}
