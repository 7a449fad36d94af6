/**
 * Server-sent events over a signed request: the browser's own EventSource cannot sign.
 *
 * A stream that breaks is opened again from the last event that was heard, after a moment that
 * grows; nothing that happened meanwhile is missed.
 */
import type { Client } from './client'

interface Ears<T> {
  heard: (event: T) => void
  live: (live: boolean) => void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
/** The server says something every ten seconds; after so long without a word the line is dead. */
const SILENCE_MS = 25_000

export function listen<T>(client: Client, path: string, ears: Ears<T>): () => void {
  const ending = new AbortController()
  void follow(client, path, ears, ending.signal)
  return () => ending.abort()
}

async function follow<T>(client: Client, path: string, ears: Ears<T>, signal: AbortSignal) {
  let last = ''
  let wait = FIRST_WAIT_MS
  while (!signal.aborted) {
    const line = new Line(signal)
    try {
      const headers: Record<string, string> = last ? { 'last-event-id': last } : {}
      const response = await client.stream(path, headers, line.signal)
      if (response.ok && response.body) {
        ears.live(true)
        wait = FIRST_WAIT_MS
        for await (const event of events(response.body, () => line.alive())) {
          if (event.id) last = event.id
          if (event.data) ears.heard(JSON.parse(event.data) as T)
        }
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof TypeError) && !(error instanceof DOMException)) console.warn(error)
    } finally {
      line.end()
    }
    ears.live(false)
    await pause(wait)
    wait = Math.min(wait * 2, LONGEST_WAIT_MS)
  }
}

/** One connection: it ends with its owner, when the network goes, or when nothing is heard. */
class Line {
  private ending = new AbortController()
  private timer = 0
  readonly signal: AbortSignal
  private cut = () => this.ending.abort()

  constructor(owner: AbortSignal) {
    this.signal = AbortSignal.any([owner, this.ending.signal])
    addEventListener('offline', this.cut)
    this.alive()
  }
  alive(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(this.cut, SILENCE_MS)
  }
  end(): void {
    clearTimeout(this.timer)
    removeEventListener('offline', this.cut)
    this.cut()
  }
}

/** A moment; a network that comes back ends it early. */
function pause(ms: number): Promise<void> {
  return new Promise((next) => {
    const go = () => {
      clearTimeout(timer)
      removeEventListener('online', go)
      next()
    }
    const timer = setTimeout(go, ms)
    addEventListener('online', go)
  })
}

interface Told {
  id: string
  data: string
}

/** The events of a body, by the rules of the HTML standard for `text/event-stream`. */
async function* events(body: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<Told> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    alive()
    rest += decoder.decode(value, { stream: true })
    const blocks = rest.split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const told: Told = { id: '', data: '' }
      for (const line of block.split(/\r?\n/)) {
        const [name, text] = [line.slice(0, line.indexOf(':')), line.replace(/^[^:]*: ?/, '')]
        if (name === 'id') told.id = text
        if (name === 'data') told.data += text
      }
      yield told
    }
  }
}
