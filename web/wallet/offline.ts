/**
 * Pay codes that this phone computes without a network (docs/concepts/pay-codes.md).
 *
 * The seed is imported as a WebCrypto key that cannot be taken out of the browser again.
 */
import { drop, fromBase64url, keep, kept } from '$shared/api/keys'
import type { SeedView } from '$shared/api/schema'

export interface Seed {
  key: CryptoKey
  device: Uint8Array<ArrayBuffer>
  locator: string
  step_seconds: number
  ceiling_minor: number
  currency: string
  /** How far the server's clock was ahead, in ms. */
  ahead: number
  party: string
}

export async function plant(view: SeedView, party: string): Promise<Seed> {
  const raw = fromBase64url(view.seed)
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  raw.fill(0)
  const seed: Seed = {
    key,
    device: uuidBytes(view.device_uuid),
    locator: view.locator,
    step_seconds: view.step_seconds,
    ceiling_minor: view.ceiling_minor,
    currency: view.currency,
    ahead: new Date(view.server_time).getTime() - Date.now(),
    party,
  }
  await keep('seed', seed)
  return seed
}

export async function planted(party: string): Promise<Seed | undefined> {
  const seed = await kept<Seed>('seed')
  return seed?.party === party ? seed : undefined
}

export async function uproot(): Promise<void> {
  await drop('seed')
}

export function stepOf(seed: Seed, at = Date.now()): number {
  return Math.floor((at + seed.ahead) / 1000 / seed.step_seconds)
}

/** The code of a step: 18 digits. */
export async function compute(seed: Seed, step: number, serial: number): Promise<string> {
  const label = new TextEncoder().encode('sycee-pay-code-1\0')
  const message = new Uint8Array(label.length + 16 + 8 + 1)
  message.set(label)
  message.set(seed.device, label.length)
  new DataView(message.buffer).setBigUint64(label.length + 16, BigInt(step))
  message[label.length + 24] = serial
  const mac = new DataView(await crypto.subtle.sign('HMAC', seed.key, message))
  const check = mac.getBigUint64(0) % 100_000_000n
  return `29${seed.locator.padStart(7, '0')}${serial}${String(check).padStart(8, '0')}`
}

function uuidBytes(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll('-', '').match(/../g) ?? []
  return Uint8Array.from(digits, (pair) => parseInt(pair, 16))
}
