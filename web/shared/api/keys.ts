/**
 * What this browser keeps: the key that signs each request, and small things for the offline
 * wallet.
 *
 * The key is a P-256 key of WebCrypto that cannot be taken out, held in IndexedDB: whoever steals
 * the
 * session's cookie cannot sign with it.
 */

const NAME = 'sycee'
const STORE = 'kept'

let opened: Promise<IDBDatabase> | undefined

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE)
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error)
  })
  return opened
}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>) {
  const store = (await database()).transaction(STORE, mode).objectStore(STORE)
  return new Promise<T>((resolve, reject) => {
    const asked = act(store)
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error)
  })
}

export async function kept<T>(name: string): Promise<T | undefined> {
  return (await run('readonly', (store) => store.get(name))) as T | undefined
}

export async function keep(name: string, value: unknown): Promise<void> {
  await run('readwrite', (store) => store.put(value, name))
}

export async function drop(name: string): Promise<void> {
  await run('readwrite', (store) => store.delete(name))
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }

/** This browser's key for the sessions of one app; made at the first call. */
export async function deviceKey(app: string): Promise<CryptoKeyPair> {
  const name = `key:${app}`
  const known = await kept<CryptoKeyPair>(name)
  if (known) return known
  const made = await crypto.subtle.generateKey(CURVE, false, ['sign', 'verify'])
  await keep(name, made)
  return made
}

export function base64url(bytes: ArrayBuffer | Uint8Array): string {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)
  let text = ''
  for (const byte of view) text += String.fromCharCode(byte)
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

/** The raw point of the public key, as the server takes it. */
export async function publicPoint(pair: CryptoKeyPair): Promise<string> {
  return base64url(await crypto.subtle.exportKey('raw', pair.publicKey))
}

export async function sign(pair: CryptoKeyPair, text: string): Promise<string> {
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const bytes = new TextEncoder().encode(text)
  return base64url(await crypto.subtle.sign(algorithm, pair.privateKey, bytes))
}

export async function sha256(bytes: BufferSource): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', bytes)
}
