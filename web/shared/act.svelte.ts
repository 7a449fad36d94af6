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
  /** What was begun and has not ended: the one that runs, and those that wait for it. */
  private begun = new Set<string>()
  private last: Promise<boolean> = Promise.resolve(true)

  /**
   * The name says what is done to what: under another name it is another write. A second press of
   * what is being done is none; of something else it waits its turn, and is dropped where what it
   * waited for failed: whoever pressed sees that trouble first.
   */
  async run(name: string, act: (key: Key) => Promise<unknown>): Promise<boolean> {
    if (this.begun.has(name)) return false
    const before = this.begun.size ? this.last : undefined
    this.begun.add(name)
    this.last = this.inTurn(before, name, act)
    return this.last
  }

  private async inTurn(
    before: Promise<boolean> | undefined,
    name: string,
    act: (key: Key) => Promise<unknown>,
  ): Promise<boolean> {
    if (before && !(await before)) return false
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
      this.begun.clear() // those that wait are dropped; what begins from now on waits for none
      if (rests(error)) return false
      this.trouble = troubleOf(error)
      this.failed = name
      return false
    } finally {
      this.begun.delete(name) // before anybody hears that nothing is being done
      this.busy = ''
    }
  }
}
