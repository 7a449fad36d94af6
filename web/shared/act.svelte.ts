/** One write of a screen: busy while it runs, its trouble kept, one key until it is answered. */
import { rests, type Key } from './api/client'
import { troubleOf, type Trouble } from './load.svelte'
import { Once } from './once'

export class Act {
  /** What is being done, by a name of the screen's own; empty when nothing is. */
  busy = $state('')
  trouble = $state.raw<Trouble | undefined>(undefined)
  done = $state('')
  /** What the trouble is of. */
  failed = $state('')
  private writes = new Map<string, Once>()

  /** The name says what is done to what: under another name it is another write. */
  async run(name: string, act: (key: Key) => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false
    const once = this.writes.get(name) ?? new Once()
    this.writes.set(name, once)
    this.busy = name
    this.trouble = undefined
    this.done = ''
    this.failed = ''
    try {
      await once.send(act)
      this.done = name
      return true
    } catch (error) {
      if (rests(error)) return false
      this.trouble = troubleOf(error)
      this.failed = name
      return false
    } finally {
      this.busy = ''
    }
  }
}
