/**
 * Is my balance in the total that the house has published? (docs/concepts/liabilities.md)
 *
 *   id   = HMAC-SHA-256(secret, "sycee liabilities" ‖ epoch ‖ account ‖ part)
 *   leaf = SHA-256(0x00 ‖ epoch ‖ currency ‖ balance ‖ id)
 *   node = SHA-256(0x01 ‖ sum left ‖ hash left ‖ sum right ‖ hash right)
 *
 * Both child sums are bound, each is unsigned and at most 2^63 − 1, and a balance has two parts.
 */
import { bytes, joined, mac, same, sha256, type Bytes } from './proof.ts'

export interface Owed {
  account: string
  account_bytes: string
  secret: string
  balance_minor: number
  total: { epoch: number; currency: string; sum_minor: number; root: string; height: number }
  parts: { balance_minor: number; index: number; path: string }[]
}

const PARTS = 2
const RECORD = 40
const MOST = 2n ** 63n - 1n
const encode = (text: string): Bytes => new TextEncoder().encode(text)

function wide(value: bigint, size: number): Bytes {
  const found = new Uint8Array(size)
  for (let i = size - 1, rest = value; i >= 0; i--, rest >>= 8n) found[i] = Number(rest & 255n)
  return found
}

function sumOf(record: Bytes): bigint {
  return new DataView(record.buffer, record.byteOffset).getBigUint64(0)
}

/** The balance that a proof proves to be in its total, or undefined. */
export async function proved(proof: Owed): Promise<number | undefined> {
  try {
    const places = new Set(proof.parts.map((part) => part.index))
    if (proof.parts.length !== PARTS || places.size !== PARTS) return undefined
    let balance = 0
    for (const [number, part] of proof.parts.entries()) {
      if (!(await partly(proof, part, number))) return undefined
      balance += part.balance_minor
    }
    return balance === proof.balance_minor ? balance : undefined
  } catch {
    return undefined
  }
}

async function partly(proof: Owed, part: Owed['parts'][number], number: number): Promise<boolean> {
  const { epoch, currency, height, root, sum_minor } = proof.total
  const path = bytes(part.path)
  if (height < 0 || height > 40 || path.length !== height * RECORD) return false
  if (part.index < 0 || part.index >= 2 ** height || part.balance_minor < 0) return false
  const day = wide(BigInt(epoch), 4)
  const account = Uint8Array.from(proof.account_bytes.match(/../g) ?? [], (pair) =>
    parseInt(pair, 16),
  )
  const mine = joined(encode('sycee liabilities'), day, account, new Uint8Array([number]))
  const id = await mac(bytes(proof.secret), mine)
  const balance = wide(BigInt(part.balance_minor), 8)
  let here = joined(balance, await sha256(new Uint8Array([0]), day, encode(currency), balance, id))
  let index = part.index
  for (let level = 0; level < height; level++) {
    const sibling = path.slice(level * RECORD, (level + 1) * RECORD)
    const sum = sumOf(sibling) + sumOf(here)
    if (sumOf(sibling) > MOST || sum > MOST) return false
    const [left, right] = index % 2 ? [sibling, here] : [here, sibling]
    here = joined(wide(sum, 8), await sha256(new Uint8Array([1]), left, right))
    index = Math.floor(index / 2)
  }
  return same(here, joined(wide(BigInt(sum_minor), 8), bytes(root)))
}
