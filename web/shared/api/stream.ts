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

export function listen<T>(client: Client, path: string, ears: Ears<T>): () => void {
  const ending = new AbortController()
  void follow(client, path, ears, ending.signal)
  return () => ending.abort()
}

async function follow<T>(client: Client, path: string, ears: Ears<T>, signal: AbortSignal) {
  let last = ''
  let wait = FIRST_WAIT_MS
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = last ? { 'last-event-id': last } : {}
      const response = await client.stream(path, headers, signal)
      if (response.ok && response.body) {
        ears.live(true)
        wait = FIRST_WAIT_MS
        for await (const event of events(response.body)) {
          if (event.id) last = event.id
          if (event.data) ears.heard(JSON.parse(event.data) as T)
        }
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof TypeError) && !(error instanceof DOMException)) console.warn(error)
    }
    ears.live(false)
    await new Promise((next) => setTimeout(next, wait))
    wait = Math.min(wait * 2, LONGEST_WAIT_MS)
  }
}

interface Told {
  id: string
  data: string
}

/** The events of a body, by the rules of the HTML standard for `text/event-stream`. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<Told> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
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
