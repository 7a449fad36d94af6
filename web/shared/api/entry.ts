/**
 * Ways in: a passkey, a demo identity, an invitation, a recovery code; and approvals by a touch.
 *
 * Each begins with a challenge of its own, so a call here is never sent again: its key need not
 * last, as every other write's does.
 */
import { newKey, Unanswered, type Client, type Session } from './client'
import { leavesUnknown } from '../once'
import { base64url, deviceKey, publicPoint, sha256 } from './keys'
import type { EnteredView } from './schema'

type Json = Record<string, unknown>

/** No passkey answered: `why` is the browser's own name for it. Nothing was sent. */
export class Untouched extends Error {
  constructor(readonly why: string) {
    super(why)
  }
}

async function create(options: Json): Promise<Json> {
  return answer(() => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as never)
    return navigator.credentials.create({ publicKey })
  })
}

export async function touch(options: Json): Promise<Json> {
  return answer(() => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as never)
    return navigator.credentials.get({ publicKey })
  })
}

async function answer(ask: () => Promise<Credential | null>): Promise<Json> {
  // A page that did not come by https, or an old browser, has none of this.
  if (!('credentials' in navigator && 'PublicKeyCredential' in window))
    throw new Untouched('NotSupportedError')
  try {
    const credential = (await ask()) as PublicKeyCredential | null
    if (!credential) throw new Untouched('NotAllowedError')
    return credential.toJSON() as unknown as Json
  } catch (error) {
    if (error instanceof DOMException) throw new Untouched(error.name)
    throw error
  }
}

/** What comes in with a new passkey: after a lost answer, the passkey may be known already. */
async function comes(call: Promise<EnteredView>): Promise<EnteredView> {
  try {
    return await call
  } catch (error) {
    throw leavesUnknown(error) ? new Unanswered('entered') : error
  }
}

/** A handle as people write it, `@ada`, without the sign. */
const plain = (handle: string) => handle.trim().replace(/^@/, '')

async function entered(client: Client, view: EnteredView, demo = false): Promise<EnteredView> {
  const session: Session = {
    app: client.app,
    session: view.session,
    party: view.party,
    device: view.device,
    demo,
  }
  await client.enter(session)
  return view
}

const kind = () => (matchMedia('(pointer: coarse)').matches ? 'phone' : 'browser') as 'phone'

async function browser(client: Client, credential: Json) {
  return {
    credential,
    device_key: await publicPoint(await deviceKey(client.app)),
    device_kind: kind(),
  }
}

export async function register(
  client: Client,
  who: { handle: string; display_name: string; kind?: 'person' | 'merchant' },
): Promise<EnteredView> {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const body = { ...who, handle: plain(who.handle), zone }
  const offer = await client.post('/v1/registrations', { key: newKey(), body })
  const credential = await create(offer.options as Json)
  const given = {
    key: newKey(),
    path: { challenge: offer.challenge },
    body: await browser(client, credential),
  }
  return entered(client, await comes(client.post('/v1/registrations/{challenge}', given)))
}

/**
 * Log in, or unlock the session that rests. Until it is done, whoever is here stays so: what asks
 * meanwhile is signed as before.
 */
export async function logIn(client: Client, unlocks?: string): Promise<EnteredView> {
  const offer = await client.post('/v1/logins', { key: newKey() })
  const credential = await touch(offer.options as Json)
  const device_key = await publicPoint(await deviceKey(client.app))
  const view = await client.post('/v1/logins/{challenge}', {
    key: newKey(),
    path: { challenge: offer.challenge },
    body: { credential, device_key, unlocks: unlocks ?? null },
  })
  return entered(client, view)
}

export async function comeBack(client: Client, handle: string, code: string) {
  const body = { handle: plain(handle), code }
  const offer = await client.post('/v1/recoveries', { key: newKey(), body })
  const credential = await create(offer.options as Json)
  const given = {
    key: newKey(),
    path: { challenge: offer.challenge },
    body: await browser(client, credential),
  }
  return entered(client, await comes(client.post('/v1/recoveries/{challenge}', given)))
}

export async function acceptInvitation(client: Client, invitation: string, secret: string) {
  const offer = await client.post('/v1/invitations/{invitation}', {
    key: newKey(),
    path: { invitation },
    body: { secret },
  })
  const credential = await create(offer.options as Json)
  const given = {
    key: newKey(),
    path: { challenge: offer.challenge },
    body: await browser(client, credential),
  }
  return entered(client, await comes(client.post('/v1/device-registrations/{challenge}', given)))
}

export async function enterDemo(client: Client, handle: string): Promise<EnteredView> {
  const device_key = await publicPoint(await deviceKey(client.app))
  const body = { handle, device_key }
  const view = await client.call<EnteredView>('POST', '/v1/demo/sessions', { key: newKey(), body })
  return entered(client, view, true)
}

export async function logOut(client: Client): Promise<void> {
  try {
    await client.delete('/v1/session', { key: newKey() })
  } finally {
    await client.leave()
  }
}

/**
 * The approval of one payment: the passkey signs a hash of payee, amount and currency, and the
 * answer
 * is a mandate for exactly that. The text that was signed is hashed here too: a server that asked
 * for
 * something else than what the screen shows gets no signature.
 */
export async function approve(
  client: Client,
  payment: { payee: string; amount_minor: number; currency: string },
): Promise<string> {
  const asked = await client.post('/v1/approvals', { key: newKey(), body: payment })
  const lines = asked.text.split('\n')
  const wanted = ['payment', client.session?.party, payment.payee, String(payment.amount_minor)]
  if ([...wanted, payment.currency].some((line, i) => lines[i + 1] !== line))
    throw new Error('the server asked for the approval of another payment')
  const options = asked.options as Json | null
  if (options) {
    const digest = base64url(await sha256(new TextEncoder().encode(asked.text)))
    if (options['challenge'] !== digest) throw new Error('what is signed is not what is shown')
  }
  const credential = options ? await touch(options) : null
  const given = await client.post('/v1/approvals/{approval}', {
    key: newKey(),
    path: { approval: asked.id },
    body: { credential },
  })
  return given.mandate
}
