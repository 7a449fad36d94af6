/**
 * Signing orders in the browser: an Ed25519 key of WebCrypto that cannot be taken out, registered
 * as this person's; or, for a key kept elsewhere, the text to sign and a place to paste the
 * signature.
 */
import type { Key } from '$shared/api/client'
import { keep, kept } from '$shared/api/keys'
import { client, desk } from '../state.svelte'

interface Kept {
  pair: CryptoKeyPair
  id: string
}
const name = () => `order-key:${desk.me?.party.id ?? ''}`

export function base64(bytes: ArrayBuffer | Uint8Array): string {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)
  let text = ''
  for (const byte of view) text += String.fromCharCode(byte)
  return btoa(text)
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}

/** What is signed: a line that says for what, and the canonical text of the order. */
export function purpose(word: 'approval' | 'decline', document: string): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`sycee ${word} v1\n`)
  const body = bytesOf(document)
  const text = new Uint8Array(head.length + body.length)
  text.set(head)
  text.set(body, head.length)
  return text
}

/** This browser's signing key, if it was made and the server still takes it. */
export async function mine(): Promise<string | undefined> {
  const known = await kept<Kept>(name())
  if (!known) return undefined
  const keys = await client.get('/v1/order-keys')
  return keys.some((key) => key.id === known.id && key.revoked_at === null) ? known.id : undefined
}

/** Make a key in this browser and register it. */
export async function make(key: Key): Promise<string> {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, false, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const raw = base64(await crypto.subtle.exportKey('raw', pair.publicKey))
  const { id } = await client.post('/v1/order-keys', { key, body: { public: raw } })
  await keep(name(), { pair, id } satisfies Kept)
  return id
}

export async function sign(text: Uint8Array<ArrayBuffer>): Promise<string> {
  const known = await kept<Kept>(name())
  if (!known) throw new Error('there is no key in this browser')
  return base64(await crypto.subtle.sign({ name: 'Ed25519' }, known.pair.privateKey, text))
}

/** A new time-ordered id (RFC 9562 §5.7). */
export function uuid7(now = client.now): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 255
  bytes[6] = (bytes[6]! & 15) | 112
  bytes[8] = (bytes[8]! & 63) | 128
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
