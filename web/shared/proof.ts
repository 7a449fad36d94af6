/**
 * Is a row in the log? Computed in this browser from what anyone may see (docs/concepts/log.md).
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

interface Checkpoint {
  size: number
  root: Uint8Array<ArrayBuffer>
}

type Bytes = Uint8Array<ArrayBuffer>

function bytes(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}

function joined(...parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

async function sha256(...parts: Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined(...parts)))
}

/** The checkpoint of a signed note, if the log's key has signed it; else undefined. */
export async function opened(note: string, key: string): Promise<Checkpoint | undefined> {
  const end = note.indexOf('\n\n')
  const text = note.slice(0, end + 1)
  const [name, , ...rest] = key.split('+')
  const encoded = rest.join('+') // base64 has plus signs of its own
  const lines = note.slice(end + 2).split('\n')
  const line = lines.find((each) => each.startsWith(`— ${name ?? ''} `))
  if (end < 0 || !line || !encoded) return undefined
  const signature = bytes(line.split(' ')[2] ?? '').slice(4)
  const ed25519 = { name: 'Ed25519' }
  const known = await crypto.subtle.importKey('raw', bytes(encoded).slice(1), ed25519, false, [
    'verify',
  ])
  const whole = new TextEncoder().encode(text)
  if (!(await crypto.subtle.verify(ed25519, known, signature, whole))) return undefined
  const [, size, root] = text.split('\n')
  return { size: Number(size), root: bytes(root ?? '') }
}

/** Whether a row is in the tree of a checkpoint. */
export async function included(row: Row, checkpoint: Checkpoint): Promise<boolean> {
  if (row.index === null || row.salt === null || row.index >= checkpoint.size) return false
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const salt = await crypto.subtle.importKey('raw', bytes(row.salt), hmac, false, ['sign'])
  const canonical = new TextEncoder().encode(row.canonical)
  const commitment = new Uint8Array(await crypto.subtle.sign('HMAC', salt, canonical))
  let hash = await sha256(new Uint8Array([0]), commitment)
  let place = row.index
  let last = checkpoint.size - 1
  const inner = new Uint8Array([1])
  for (const step of row.proof) {
    const other = bytes(step)
    if (last === 0) return false
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
  return last === 0 && hash.every((byte, i) => byte === checkpoint.root[i])
}
