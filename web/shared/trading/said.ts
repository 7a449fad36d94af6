/** What a form said of an order, as the API takes it: things with freight, or a work in parts. */
type Said = { name: string; minor: number; count?: number }
type Words = {
  things: readonly Said[]
  /** What the work is, where the things are its parts: it is one line, of all of them together. */
  work?: string | null
  freight?: number | null
  seller?: string | null
}

const TITLE_MOST = 256

export function said({ things, work = null, freight = 0, seller = null }: Words) {
  const inParts = work !== null
  const lines = inParts ? [{ name: work.trim(), minor: total(things) }] : things
  const named = lines.map((each) => each.name).join(', ')
  return {
    title: named.slice(0, TITLE_MOST),
    lines: lines.map(({ name, minor, count = 1 }: Said) => ({
      ...{ title: name, quantity: count, unit_price_minor: minor, seller },
    })),
    freight_minor: inParts ? 0 : (freight ?? 0),
    milestones: inParts
      ? things.map(({ name, minor }) => ({ title: name, amount_minor: minor }))
      : [],
  }
}

/** What the things, or the parts of a work, come to. */
export function total(things: readonly Said[]): number {
  return things.reduce((sum, { minor, count = 1 }) => sum + minor * count, 0)
}
