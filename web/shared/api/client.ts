/**
 * Calls to `/v1`: typed by the API's own description, signed by this browser's key.
 *
 * A write carries an Idempotency-Key. A caller that may have to ask again (a payment whose answer
 * was
 * lost) passes its own `key`, so that the second call finds out what the first one did.
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
type Query<O> = O extends { parameters: { query?: infer Q } } ? Q : undefined
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never
}[keyof paths]

export interface Options<B = unknown, Q = unknown> {
  path?: Record<string, string>
  query?: Q
  body?: B
  /** In the place of a JSON body: a file as it is, and its media type. */
  file?: { type: string; bytes: Uint8Array<ArrayBuffer> }
  key?: string
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

/** No answer came: for a write it is unknown whether it happened. */
export class Unanswered extends Error {}

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

  constructor(readonly app: string) {}

  async restore(): Promise<Session | undefined> {
    this.session = await kept<Session>(`session:${this.app}`)
    this.drift = (await kept<number>('drift')) ?? 0
    return this.session
  }

  async enter(session: Session | undefined): Promise<void> {
    this.session = session
    await keep(`session:${this.app}`, session)
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
    return this.call('GET', path, options)
  }
  post<P extends PathsWith<'post'>>(
    path: P,
    options: Options<Body<Operation<P, 'post'>>> = {},
  ): Promise<Answer<Operation<P, 'post'>>> {
    return this.call('POST', path, options)
  }
  put<P extends PathsWith<'put'>>(
    path: P,
    options: Options<Body<Operation<P, 'put'>>> = {},
  ): Promise<Answer<Operation<P, 'put'>>> {
    return this.call('PUT', path, options)
  }
  patch<P extends PathsWith<'patch'>>(
    path: P,
    options: Options<Body<Operation<P, 'patch'>>> = {},
  ): Promise<Answer<Operation<P, 'patch'>>> {
    return this.call('PATCH', path, options)
  }
  delete<P extends PathsWith<'delete'>>(
    path: P,
    options: Options<never> = {},
  ): Promise<Answer<Operation<P, 'delete'>>> {
    return this.call('DELETE', path, options)
  }

  /** One call. Asked once more where the first time could not have worked. */
  async call<T>(method: string, path: string, options: Options = {}): Promise<T> {
    const response = await this.answered(method, path, options)
    return (await response.json()) as T
  }

  /** A file that a route gives. */
  async file(path: string, options: Options = {}, method = 'GET'): Promise<Blob> {
    return (await this.answered(method, path, options)).blob()
  }

  private async answered(method: string, path: string, options: Options): Promise<Response> {
    const asker = this.session
    const response = await this.send(method, path, options)
    if (response.ok) return response
    const refused = await refusal(response)
    if (await this.mended(refused, asker)) {
      const again = await this.send(method, path, options)
      if (again.ok) return again
      throw await refusal(again)
    }
    // What an earlier session is told says nothing of the one that took its place.
    if (loses(refused) && this.session === asker)
      for (const listener of this.listeners) listener(refused)
    throw refused
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
  async send(method: string, path: string, options: Options = {}): Promise<Response> {
    const target = address(path, options)
    const json = options.body === undefined ? '' : JSON.stringify(options.body)
    const body = options.file?.bytes ?? new TextEncoder().encode(json)
    const headers: Record<string, string> = {}
    if (body.length) headers['content-type'] = options.file?.type ?? 'application/json'
    const key = method === 'GET' ? '' : (options.key ?? newKey())
    if (key) headers['idempotency-key'] = key
    if (this.session) headers['sycee-proof'] = await this.proof(method, target, body, key)
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
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
      throw new Unanswered('the server did not answer')
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

export function newKey(): string {
  return crypto.randomUUID()
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

async function refusal(response: Response): Promise<Refused> {
  try {
    return new Refused((await response.json()) as Problem, response.status)
  } catch {
    const problem = { code: 'unforeseen', title: '', status: response.status, facts: {} }
    return new Refused(problem as unknown as Problem, response.status)
  }
}
