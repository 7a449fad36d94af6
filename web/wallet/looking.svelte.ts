/** What somebody looks for among all that ever moved, and the pages of what is found. */
import type { MovementView, SearchBody } from '$shared/api/schema'
import { Pages } from '$shared/load.svelte'
import { client } from './state.svelte'

export type Wish = Partial<Omit<SearchBody, 'account'>>

/** The house looks at so many movements in one call; so often is it asked again by itself. */
const CALLS_MOST = 10

export function look(account: string, wish: Wish): Pages<MovementView> {
  return new Pages<MovementView>(async (from) => {
    let cursor = from
    for (let call = 1; ; call++) {
      const page = await client.post('/v1/movements/search', {
        query: { limit: 50, cursor },
        body: { account, ...wish } as SearchBody,
      })
      if (page.items.length || !page.has_more || call === CALLS_MOST) return page
      cursor = page.next ?? undefined
    }
  })
}

/** The first and the last day of a month (`2026-11`), as the API writes days. */
export function daysOf(month: string): [string, string] {
  const [year, number] = month.split('-').map(Number) as [number, number]
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate()
  return [`${month}-01`, `${month}-${last}`]
}

/** The month so many months away from one. */
export function monthAway(month: string, by: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7)
}
