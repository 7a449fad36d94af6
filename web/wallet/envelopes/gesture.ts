/**
 * The press that opens an envelope, as a trace: milliseconds since it began, and where. It is sent
 * back with the house's challenge. A press by keyboard or screen reader leaves none, and opens a
 * moment later.
 */

export type Trace = number[][]

const SAMPLE_MS = 70
const MOST = 100

export class Press {
  private began = 0
  private at: [number, number] = [0, 0]
  private trace: Trace = []
  private frame = 0

  start(event: PointerEvent): void {
    this.stop()
    this.began = event.timeStamp
    this.trace = []
    this.note(event.timeStamp, event)
    const beat = (now: number) => {
      const last = this.trace.at(-1)?.[0] ?? 0
      if (now - this.began - last >= SAMPLE_MS) this.note(now)
      if (this.trace.length < MOST) this.frame = requestAnimationFrame(beat)
    }
    this.frame = requestAnimationFrame(beat)
  }

  move(event: PointerEvent): void {
    if (this.frame) this.at = [Math.round(event.clientX), Math.round(event.clientY)]
  }

  end(event: PointerEvent): void {
    if (this.frame) this.note(event.timeStamp, event)
    this.stop()
  }

  /** What was pressed, once. */
  take(): Trace {
    const found = this.trace
    this.trace = []
    return found
  }

  private note(now: number, event?: PointerEvent): void {
    if (event) this.at = [Math.round(event.clientX), Math.round(event.clientY)]
    const ms = Math.max(0, Math.round(now - this.began))
    if (ms >= (this.trace.at(-1)?.[0] ?? 0)) this.trace.push([ms, ...this.at])
  }

  private stop(): void {
    cancelAnimationFrame(this.frame)
    this.frame = 0
  }
}
