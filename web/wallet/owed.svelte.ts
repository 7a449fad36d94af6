/**
 * "My balance is in the total": this browser checks it by itself, once for each day's total, and
 * that the log it stands in has only grown since the last time (docs/concepts/liabilities.md).
 */
import { untrack } from 'svelte'
import { Unanswered } from '$shared/api/client'
import { keep, kept } from '$shared/api/keys'
import { proved, type Owed } from '$shared/owed'
import { bytes, consistent, included, opened, same } from '$shared/proof'
import { client } from './state.svelte'

export interface Line {
  currency: string
  balance_minor: number
  sum_minor: number
}
export interface Verdict {
  epoch: number
  day: string
  at: number
  took_ms: number
  state: 'good' | 'bad' | 'none'
  lines: Line[]
}
interface Seen {
  size: number
  root: string
}
const DAY_MS = 86_400_000

/** Opening a screen starts it; what it finds out must not start it again. */
export function watch(party: string | undefined): void {
  if (party) untrack(() => void daily.run(party))
}

class Daily {
  verdict = $state.raw<Verdict | undefined>(undefined)
  busy = $state(false)
  /** What was checked, to be kept and checked elsewhere. */
  proofs = $state.raw<Owed[]>([])

  /** Check the newest total, unless that was done; `again` does it anyway. */
  async run(party: string, again = false): Promise<void> {
    if (this.busy) return
    this.busy = true
    try {
      const known = await kept<Verdict>(`owed:${party}`)
      this.verdict = known
      const fresh = known?.state === 'good' && known.epoch >= Math.floor(client.now / DAY_MS)
      if (fresh && !again) return
      this.verdict = await this.check()
      await keep(`owed:${party}`, this.verdict)
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error
    } finally {
      this.busy = false
    }
  }

  private async check(): Promise<Verdict> {
    this.proofs = await client.get('/v1/liabilities/proofs')
    const first = this.proofs[0]
    const found: Verdict = {
      epoch: first?.total.epoch ?? 0,
      day: (first as { total: { day_on?: string } } | undefined)?.total.day_on ?? '',
      at: client.now,
      took_ms: 0,
      state: first ? 'good' : 'none',
      lines: [],
    }
    const began = performance.now()
    for (const proof of this.proofs) {
      const balance = await proved(proof)
      if (balance === undefined) return { ...found, state: 'bad' }
      const { currency, sum_minor } = proof.total
      found.lines.push({ currency, balance_minor: balance, sum_minor })
    }
    found.took_ms = Math.ceil((performance.now() - began) / Math.max(1, this.proofs.length))
    if (first && !(await this.published())) found.state = 'bad'
    return found
  }

  /** Each total is a row of the log, and the log is the one that this browser saw before. */
  private async published(): Promise<boolean> {
    for (const epoch of new Set(this.proofs.map((each) => each.total.epoch))) {
      const page = await client.get('/v1/liabilities/rows', { query: { epoch } })
      const checkpoint = await opened(page.checkpoint ?? '', page.key ?? '')
      if (!checkpoint) return false
      for (const { total } of this.proofs.filter((each) => each.total.epoch === epoch)) {
        const row = page.items.find((each) => each.data['currency'] === total.currency)
        if (!row || row.data['sum_minor'] !== String(total.sum_minor)) return false
        const root = [...bytes(total.root)].map((byte) => byte.toString(16).padStart(2, '0'))
        if (row.data['root'] !== root.join('') || row.data['epoch'] !== epoch) return false
        const body = (JSON.parse(row.canonical) as { body: Record<string, unknown> }).body
        if (body['root'] !== row.data['root'] || body['sum_minor'] !== row.data['sum_minor'])
          return false
        // A row of the last second is not sealed yet; the next opening looks again.
        if (row.index !== null && !(await included(row, checkpoint))) return false
      }
      if (!(await this.grown(checkpoint.size, checkpoint.root))) return false
    }
    return true
  }

  private async grown(size: number, root: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const seen = await kept<Seen>('log:seen')
    if (seen) {
      if (seen.size > size) return false
      const query = { from_size: seen.size, size }
      const path = seen.size < size ? await client.get('/v1/log/consistency', { query }) : undefined
      const good = path
        ? await consistent(seen.size, size, bytes(seen.root), root, path.proof)
        : same(bytes(seen.root), root)
      if (!good) return false
    }
    await keep('log:seen', { size, root: btoa(String.fromCharCode(...root)) } satisfies Seen)
    return true
  }
}

export const daily = new Daily()
