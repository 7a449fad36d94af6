/**
 * Was an envelope fair? Computes its shares anew from the seed, in this browser, as the head of
 * products/envelopes/model/shares.py describes, and compares them with what was taken and with the
 * commitment that was published before.
 */

export interface Proof {
  envelope_hex: string
  kind: string
  amount_minor: number
  currency: string
  shares: number
  commitment: string
  seed: string | null
  claims: [number, number][]
}

export type Verdict = 'open' | 'fair' | 'commitment' | 'sum' | 'claims'

const LABEL = new TextEncoder().encode('sycee envelope')
const WORD = 1n << 64n

class Stream {
  private block = 0
  private words: bigint[] = []

  private seed: Uint8Array

  constructor(seed: Uint8Array) {
    this.seed = seed
  }

  /** The next number below n; each is equally likely. */
  async below(n: number): Promise<number> {
    const wanted = BigInt(n)
    const bound = WORD - (WORD % wanted)
    for (;;) {
      if (!this.words.length) await this.fill()
      const word = this.words.shift() as bigint
      if (word < bound) return Number(word % wanted)
    }
  }

  private async fill(): Promise<void> {
    const text = new Uint8Array(this.seed.length + LABEL.length + 8)
    text.set(this.seed)
    text.set(LABEL, this.seed.length)
    new DataView(text.buffer).setBigUint64(this.seed.length + LABEL.length, BigInt(this.block++))
    const digest = new DataView(await crypto.subtle.digest('SHA-256', text))
    this.words = [0, 8, 16, 24].map((at) => digest.getBigUint64(at))
  }
}

export async function split(
  seed: Uint8Array,
  kind: string,
  total: number,
  count: number,
): Promise<number[]> {
  const stream = new Stream(seed)
  const shares: number[] = []
  if (kind === 'equal') {
    const each = Math.floor(total / count)
    const more = total - each * count
    for (let i = 0; i < count; i++) shares.push(each + (i < more ? 1 : 0))
  } else {
    let left = total
    for (let k = count; k > 1; k--) {
      const most = Math.min(Number((2n * BigInt(left)) / BigInt(k)) - 1, left - (k - 1))
      const share = most > 1 ? 1 + (await stream.below(most)) : 1
      shares.push(share)
      left -= share
    }
    shares.push(left)
  }
  for (let last = count - 1; last > 0; last--) {
    const other = await stream.below(last + 1)
    const kept = shares[last] as number
    shares[last] = shares[other] as number
    shares[other] = kept
  }
  return shares
}

/** The shares as the seed of an ended envelope fixes them. */
export async function sharesOf(proof: Proof): Promise<number[]> {
  return proof.seed === null
    ? []
    : split(bytes(proof.seed), proof.kind, proof.amount_minor, proof.shares)
}

export async function verdict(proof: Proof): Promise<Verdict> {
  if (proof.seed === null) return 'open'
  const seed = bytes(proof.seed)
  const { amount_minor, currency, kind, shares: count } = proof
  const parameters = JSON.stringify({ amount_minor, currency, kind, shares: count })
  const text = new Uint8Array([
    ...seed,
    ...bytes(proof.envelope_hex),
    ...new TextEncoder().encode(parameters),
  ])
  const digest = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', text)))
  if (digest !== proof.commitment) return 'commitment'
  const shares = await split(seed, proof.kind, proof.amount_minor, proof.shares)
  if (shares.reduce((sum, each) => sum + each, 0) !== proof.amount_minor) return 'sum'
  const fits = proof.claims.every(([place, minor]) => shares[place] === minor)
  const once = new Set(proof.claims.map(([place]) => place)).size === proof.claims.length
  return fits && once ? 'fair' : 'claims'
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

function hex(view: Uint8Array): string {
  return [...view].map((each) => each.toString(16).padStart(2, '0')).join('')
}
