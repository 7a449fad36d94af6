/** Reads the Prometheus text of `/metrics`, and what happened between two readings of it. */

export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

const LINE = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})?\s+(\S+)/i
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\]|\\.)*)"/gi

function read(text: string): Sample[] {
  const found: Sample[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const parts = LINE.exec(line)
    if (!parts) continue
    const labels: Record<string, string> = {}
    for (const [, name, value] of (parts[2] ?? '').matchAll(LABEL)) labels[name ?? ''] = value ?? ''
    found.push({ name: parts[1] ?? '', labels, value: Number(parts[3]) })
  }
  return found
}

/** What the server counts now; nothing when it does not say. */
export async function counted(): Promise<Sample[] | undefined> {
  try {
    const answer = await fetch('/metrics', { cache: 'no-store' })
    return answer.ok ? read(await answer.text()) : undefined
  } catch {
    return undefined
  }
}

type Wanted = (labels: Record<string, string>) => boolean
const any: Wanted = () => true

export function sum(samples: readonly Sample[], name: string, wanted: Wanted = any): number {
  return samples.reduce(
    (total, each) => (each.name === name && wanted(each.labels) ? total + each.value : total),
    0,
  )
}

export function greatest(samples: readonly Sample[], name: string): number {
  return samples.reduce((most, each) => (each.name === name ? Math.max(most, each.value) : most), 0)
}

/**
 * The value that a share of all observations between two readings stayed below, in the unit of the
 * histogram; interpolated within its bucket as Prometheus does. Zero when there were none.
 */
export function quantile(
  before: readonly Sample[],
  after: readonly Sample[],
  name: string,
  share: number,
  wanted: Wanted = any,
): number {
  const buckets = new Map<number, number>()
  for (const [samples, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    for (const each of samples) {
      if (each.name !== `${name}_bucket` || !wanted(each.labels)) continue
      const bound = Number((each.labels['le'] ?? '').replace('+Inf', 'Infinity'))
      buckets.set(bound, (buckets.get(bound) ?? 0) + sign * each.value)
    }
  }
  const ordered = [...buckets].sort(([a], [b]) => a - b)
  const all = ordered.at(-1)?.[1] ?? 0
  if (all <= 0) return 0
  const rank = all * share
  let low = 0
  let below = 0
  for (const [bound, count] of ordered) {
    if (count >= rank)
      return Number.isFinite(bound)
        ? low + ((bound - low) * (rank - below)) / (count - below || 1)
        : low
    low = bound
    below = count
  }
  return low
}
