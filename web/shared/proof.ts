/**
 * Is a row in the log, did the log only grow, is a list whole? Computed in this browser from what
 * anyone may see (docs/concepts/log.md).
 *
 * A leaf is SHA-256(0x00 ‖ HMAC-SHA-256(salt, canonical)), a path is that of RFC 9162 §2.1.3, and
 * the root it must lead to stands in a checkpoint: a C2SP signed note by the log's Ed25519 key.
 */

export interface Row {
  canonical: string
  salt: string | null
  index: number | null
  proof: string[]
}

export interface Checkpoint {
  origin: string
  size: number
  root: Bytes
}

export type Bytes = Uint8Array<ArrayBuffer>

export function bytes(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}

export function joined(...parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export async function sha256(...parts: Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined(...parts)))
}

export async function mac(key: Bytes, text: Bytes): Promise<Bytes> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const known = await crypto.subtle.importKey('raw', key, hmac, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', known, text))
}

export function hex(value: Bytes): string {
  return [...value].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function same(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** The checkpoint of a signed note, if the log's key has signed it; else undefined. */
export async function opened(note: string, key: string): Promise<Checkpoint | undefined> {
  const end = note.indexOf('\n\n')
  const text = note.slice(0, end + 1)
  const [name, id, ...rest] = key.split('+')
  const encoded = rest.join('+') // base64 has plus signs of its own
  if (end < 0 || !encoded) return undefined
  try {
    // Lines of another key are passed over, though it should have the same name.
    const blobs = note
      .slice(end + 2)
      .split('\n')
      .flatMap((line) => {
        const [dash, signer, blob] = line.split(' ')
        return dash === '—' && signer === name && blob ? [bytes(blob)] : []
      })
    const blob = blobs.find((each) => hex(each.slice(0, 4)) === id)
    if (blob === undefined) return undefined
    const ed25519 = { name: 'Ed25519' }
    const raw = bytes(encoded).slice(1)
    const known = await crypto.subtle.importKey('raw', raw, ed25519, false, ['verify'])
    const whole = new TextEncoder().encode(text)
    if (!(await crypto.subtle.verify(ed25519, known, blob.slice(4), whole))) return undefined
    const [origin, size, root] = text.split('\n')
    return { origin: origin ?? '', size: Number(size), root: bytes(root ?? '') }
  } catch {
    return undefined
  }
}

/** The leaf that a row's text and salt make; undefined once its salt was erased. */
export async function leaf(row: Row): Promise<Bytes | undefined> {
  if (row.salt === null) return undefined
  const commitment = await mac(bytes(row.salt), new TextEncoder().encode(row.canonical))
  return sha256(new Uint8Array([0]), commitment)
}

/** Whether a row is in the tree of a checkpoint. */
export async function included(row: Row, checkpoint: Checkpoint): Promise<boolean> {
  const made = await leaf(row)
  if (row.index === null || made === undefined) return false
  return contains(row.index, checkpoint.size, made, row.proof, checkpoint.root)
}

/** RFC 9162 §2.1.3.2: the path leads from the leaf to the root. */
export async function contains(
  index: number,
  size: number,
  leafHash: Bytes,
  proof: string[],
  root: Bytes,
): Promise<boolean> {
  if (index < 0 || index >= size || leafHash.length !== 32) return false
  let hash = leafHash
  let place = index
  let last = size - 1
  const inner = new Uint8Array([1])
  for (const step of proof) {
    const other = bytes(step)
    if (last === 0 || other.length !== 32) return false
    if (place % 2 === 1 || place === last) {
      hash = await sha256(inner, other, hash)
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2)
        last = Math.floor(last / 2)
      }
    } else {
      hash = await sha256(inner, hash, other)
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && same(hash, root)
}

/** RFC 9162 §2.1.4.2: the tree of `size1` is a beginning of the tree of `size2`. */
export async function consistent(
  size1: number,
  size2: number,
  root1: Bytes,
  root2: Bytes,
  proof: string[],
): Promise<boolean> {
  if (size1 > size2) return false
  if (size1 === size2) return proof.length === 0 && same(root1, root2)
  if (size1 === 0) return proof.length === 0 && same(root1, await sha256())
  const path = proof.map(bytes)
  if (path.some((each) => each.length !== 32)) return false
  if (Number.isInteger(Math.log2(size1))) path.unshift(root1)
  const first = path.shift()
  if (first === undefined) return false
  let place = size1 - 1
  let last = size2 - 1
  while (place % 2 === 1) {
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  let one = first
  let two = first
  const inner = new Uint8Array([1])
  for (const step of path) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      one = await sha256(inner, step, one)
      two = await sha256(inner, step, two)
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2)
        last = Math.floor(last / 2)
      }
    } else {
      two = await sha256(inner, two, step)
    }
    place = Math.floor(place / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && same(one, root1) && same(two, root2)
}

export interface Reading extends Row {
  data: Record<string, unknown>
}

/**
 * Whether a list of readings, given whole and newest first, is the one whose end the house signed:
 * each row names its number and the leaf of the row before it. `standing` is undefined of a list
 * that nobody signed, which is right only while it is empty.
 */
export async function whole(rows: Reading[], standing: Checkpoint | undefined): Promise<boolean> {
  if (standing === undefined) return rows.length === 0
  if (rows.length !== standing.size) return false
  let after = hex(standing.root)
  for (const [place, row] of rows.entries()) {
    if (row.data['sequence'] !== standing.size - place) return false
    const made = await leaf(row)
    if (made !== undefined && hex(made) !== after) return false
    after = String(row.data['previous'])
  }
  return after === '0'.repeat(64)
}
