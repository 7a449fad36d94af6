/**
 * Calls to `/v1`: typed by the API's own description, signed by this browser's key.
 *
 * A write carries an Idempotency-Key, and none is made here: whoever writes gives the `key`, and
 * gives the same one again when no answer came, so that the second call finds out what the first
 * one did. `Once` keeps it so long.
 */
import { base64url, deviceKey, keep, kept, sha256, sign } from './keys'
import type { paths, Problem } from './schema'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type Operation<P extends keyof paths, M extends Method> = paths[P][M]
type Json<T> = T extends { content: { 'application/json': infer B } } ? B : never
type Answer<O> = O extends { responses: infer R }
  ? { [S in keyof R]: S extends 200 | 201 | 202 ? Json<R[S]> : never }[keyof R]
  : never
type Body<O> = O extends { requestBody: infer R } ? Json<R> : undefined
/** What a write is given; without a key it is none. */
type Given<O> = O extends { parameters: { header: { 'Idempotency-Key': string } } }
  ? [options: Options<Body<O>> & { key: Key }]
  : [options?: Options<Body<O>>]
type Query<O> = O extends { parameters: { query?: infer Q } } ? Q : undefined
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never
}[keyof paths]

declare const made: unique symbol
/** An Idempotency-Key; only `newKey` makes one. */
export type Key = string & { [made]: true }

export interface Options<B = unknown, Q = unknown> {
  path?: Record<string, string>
  query?: Q
  body?: B
  /** In the place of a JSON body: a file as it is, and its media type. */
  file?: { type: string; bytes: Uint8Array<ArrayBuffer> }
  key?: Key
  signal?: AbortSignal
}

/** A refusal of the server's: `code` is permanent, `facts` say what it is about. */
export class Refused extends Error {
  constructor(
    readonly problem: Problem,
    readonly status: number,
  ) {
    super(problem.title)
  }
  get code(): string {
    return this.problem.code
  }
  get facts(): Record<string, unknown> {
    return (this.problem.facts ?? {}) as Record<string, unknown>
  }
}

/**
 * No answer of this house's came. To a write with the device offline before and after it, nothing
 * was sent; of any other write it is unknown whether it happened. Who may have `entered` by it
 * finds out by logging in.
 */
export class Unanswered extends Error {
  constructor(readonly kind: 'offline' | 'unsent' | 'unknown' | 'entered' = 'offline') {
    super('the server did not answer')
  }
}

/**
 * Whether an answer is the last word on a call under its key. A server that failed and a door that
 * let nobody in say nothing of what an earlier call under the key did.
 */
export function settles(error: unknown): boolean {
  if (!(error instanceof Refused)) return false
  return error.status < 500 && ![401, 429].includes(error.status) && error.code !== 'touch-needed'
}

/**
 * Who is logged in here. `expires_at` is when the session must be touched again at the latest.
 */
export interface Session {
  app: string
  session: string
  party: string
  device: string
  demo: boolean
}

const TIMEOUT_MS = 15_000

export class Client {
  session: Session | undefined
  /**
   * How far the server's clock is ahead of this one, in ms; learned when a signature is refused.
   */
  private drift = 0
  private listeners = new Set<(refused: Refused) => void>()
  /** Questions that were asked of a session at rest. */
  private waiting: (() => void)[] = []

  constructor(readonly app: string) {}

  async restore(): Promise<Session | undefined> {
    this.session = await kept<Session>(`session:${this.app}`)
    this.drift = (await kept<number>('drift')) ?? 0
    return this.session
  }

  async enter(session: Session): Promise<void> {
    this.session = session
    await keep(`session:${this.app}`, session)
    this.goOn()
  }

  /**
   * Be nobody here; whether nobody is here in the other tabs either. What the browser keeps is of
   * the last who came in, in whichever tab that was, and only they are taken out.
   */
  async leave(): Promise<boolean> {
    const left = this.session
    this.session = undefined
    this.goOn()
    const last = await kept<Session>(`session:${this.app}`)
    if (last && last.session !== left?.session) return false
    await keep(`session:${this.app}`, undefined)
    return true
  }

  /** Told of each refusal that ends or locks the session. */
  onLoss(listener: (refused: Refused) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get now(): number {
    return Date.now() + this.drift
  }

  get<P extends PathsWith<'get'>>(
    path: P,
    options: Options<never, Query<Operation<P, 'get'>>> = {},
  ): Promise<Answer<Operation<P, 'get'>>> {
    return this.json('GET', path, options)
  }
  post<P extends PathsWith<'post'>>(
    path: P,
    ...[options]: Given<Operation<P, 'post'>>
  ): Promise<Answer<Operation<P, 'post'>>> {
    return this.json('POST', path, options)
  }
  put<P extends PathsWith<'put'>>(
    path: P,
    ...[options]: Given<Operation<P, 'put'>>
  ): Promise<Answer<Operation<P, 'put'>>> {
    return this.json('PUT', path, options)
  }
  patch<P extends PathsWith<'patch'>>(
    path: P,
    ...[options]: Given<Operation<P, 'patch'>>
  ): Promise<Answer<Operation<P, 'patch'>>> {
    return this.json('PATCH', path, options)
  }
  delete<P extends PathsWith<'delete'>>(
    path: P,
    ...[options]: Given<Operation<P, 'delete'>>
  ): Promise<Answer<Operation<P, 'delete'>>> {
    return this.json('DELETE', path, options)
  }

  /** A call that the API's description does not know. */
  call<T>(method: 'GET', path: string): Promise<T>
  call<T>(method: string, path: string, options: Options & { key: Key }): Promise<T>
  call<T>(method: string, path: string, options?: Options): Promise<T> {
    return this.json(method, path, options)
  }

  /** A file that a route gives. */
  async file(path: string, options: Options = {}, method = 'GET'): Promise<Blob> {
    return whole(options, (await this.answered(method, path, options)).blob())
  }

  /** One call. Asked once more where the first time could not have worked. */
  private async json<T>(method: string, path: string, options: Options = {}): Promise<T> {
    return whole(options, (await this.answered(method, path, options)).json() as Promise<T>)
  }

  private async answered(method: string, path: string, options: Options): Promise<Response> {
    const asker = this.session
    const response = await this.send(method, path, options)
    if (response.ok) return response
    const refused = await refusal(response, options)
    // What an earlier session is told says nothing of the one that took its place.
    if (loses(refused) && this.session === asker) {
      for (const listener of this.listeners) listener(refused)
      // Who unlocks finds what was asked for; a write is for a person to send again.
      if (rests(refused) && method === 'GET' && this.listeners.size)
        await new Promise<void>((goOn) => this.waiting.push(goOn))
    }
    if (await this.mended(refused, asker)) {
      const again = await this.send(method, path, options)
      if (again.ok) return again
      throw await refusal(again, options)
    }
    throw refused
  }

  private goOn(): void {
    for (const each of this.waiting.splice(0)) each()
  }

  /** Whether the same call can work now: the clock is known, or a touch made a new session. */
  private async mended(refused: Refused, asker: Session | undefined): Promise<boolean> {
    if (refused.code === 'clock-apart' && typeof refused.facts['server_at'] === 'number') {
      this.drift = refused.facts['server_at'] - Date.now()
      await keep('drift', this.drift)
      return true
    }
    const renewed = this.session !== asker && this.session?.party === asker?.party
    return loses(refused) && renewed
  }

  /** The response to one signed request; `Unanswered` when there is none. */
  private async send(method: string, path: string, options: Options): Promise<Response> {
    const target = address(path, options)
    const json = options.body === undefined ? '' : JSON.stringify(options.body)
    const body = options.file?.bytes ?? new TextEncoder().encode(json)
    const headers: Record<string, string> = {}
    if (body.length) headers['content-type'] = options.file?.type ?? 'application/json'
    const key = options.key ?? ''
    if (key) headers['idempotency-key'] = key
    if (this.session) headers['sycee-proof'] = await this.proof(method, target, body, key)
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
    const offline = !navigator.onLine
    try {
      return await fetch(target, {
        method,
        headers,
        body: body.length ? body : null,
        signal,
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
      })
    } catch (error) {
      if (options.signal?.aborted) throw error
      throw key && offline && !navigator.onLine ? new Unanswered('unsent') : lost(options)
    }
  }

  /** A response that stays open; its end is the caller's to say. */
  async stream(path: string, more: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const proof = await this.proof('GET', path, new Uint8Array(), '')
    const headers = { ...more, accept: 'text/event-stream', 'sycee-proof': proof }
    return fetch(path, { headers, signal, credentials: 'same-origin', cache: 'no-store' })
  }

  private async proof(
    method: string,
    target: string,
    body: Uint8Array<ArrayBuffer>,
    key: string,
  ): Promise<string> {
    const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)))
    const digest = base64url(await sha256(body))
    const millis = String(this.now)
    const lines = [
      'sycee-proof-1',
      this.session?.session,
      method,
      target,
      digest,
      key,
      millis,
      nonce,
    ]
    const signature = await sign(await deviceKey(this.app), lines.join('\n'))
    return `t=${millis};n=${nonce};s=${signature}`
  }
}

/** Refusals after which the session is no more, or waits for a touch. */
const LOST = new Set([
  'unauthenticated',
  'session-unknown',
  'session-ended',
  'session-locked',
  'proof-wrong',
])
/** These too, where it is whoever asks that is not let in; else they speak of somebody else's. */
const LOST_BY_ASKER = new Set(['device-revoked', 'party-closed'])

function loses(refused: Refused): boolean {
  return LOST.has(refused.code) || (refused.status === 401 && LOST_BY_ASKER.has(refused.code))
}

/** Whether nothing was done because the session rests: it is unlocked, and asked once more. */
export function rests(error: unknown): boolean {
  return error instanceof Refused && error.code === 'session-locked'
}

export function newKey(): Key {
  return crypto.randomUUID() as string as Key
}

/** What it is that something was sent, and no answer came. */
function lost(options: Options): Unanswered {
  return new Unanswered(options.key ? 'unknown' : 'offline')
}

/** An answer to its last byte: one that breaks off is none. */
async function whole<T>(options: Options, read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw lost(options)
  }
}

function address(path: string, options: Options): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(options.path?.[name] ?? ''),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries((options.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null) query.set(name, String(value))
  }
  const text = query.toString()
  return text ? `${filled}?${text}` : filled
}

/** A refusal is a problem of this house's; what a proxy says in its place is no answer. */
async function refusal(response: Response, options: Options): Promise<Refused> {
  const ours = response.headers.get('content-type')?.startsWith('application/problem+json')
  const problem = ours ? ((await whole(options, response.json())) as Problem) : undefined
  if (!problem?.code) throw lost(options)
  return new Refused(problem, response.status)
}
