/**
 * What orders are called: a movement of an order knows its number alone.
 *
 * The newest orders are asked for once, when a movement of one is seen that has no name yet.
 */
import { publicId } from '$shared/ids'
import { client } from './state.svelte'

class Titles {
  private known = $state.raw<Record<string, string>>({})
  private asked = new Set<string>()

  /** The title of the order that a movement is for; undefined while it is not known. */
  of(code: string, subject: string | null): string | undefined {
    if (!subject || !code.startsWith('escrow.')) return undefined
    return this.known[publicId('trd', subject)]
  }

  /** See to it that these movements' orders have their names, if they are among the newest. */
  learn(rows: readonly { code: string; subject: string | null }[]): void {
    const fresh = rows
      .filter((row) => row.subject && row.code.startsWith('escrow.'))
      .map((row) => publicId('trd', row.subject ?? ''))
      .filter((id) => !this.asked.has(id) && !(id in this.known))
    if (!fresh.length) return
    for (const id of fresh) this.asked.add(id)
    void this.ask()
  }

  private async ask(): Promise<void> {
    const sides = (['buyer', 'seller'] as const).map((side) =>
      client.get('/v1/trades', { query: { side, limit: 100 } }),
    )
    const found = await Promise.all(sides).catch(() => [])
    const rows = found.flatMap((page) => page.items)
    this.known = { ...this.known, ...Object.fromEntries(rows.map((row) => [row.id, row.title])) }
  }
}

export const titles = new Titles()
