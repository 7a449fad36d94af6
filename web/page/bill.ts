/** What the server wrote into the page, and what it says when it is asked again. */
import { Unanswered } from '$shared/api/client'

export interface Bill {
  token: string
  payee: string
  shop: string
  amount_minor: number | null
  currency: string
  least_minor: number | null
  most_minor: number | null
  tips: boolean
  /** The escrow trade that an order of the gateway is; a link has none. */
  trade: string | null
  return_url: string
}

export interface Standing {
  state: 'open' | 'paid' | 'closed' | 'expired'
  amount_minor: number | null
  return_url: string
}

/** Where the bill stands. */
export async function standing(token: string): Promise<Standing> {
  try {
    const response = await fetch(`/p/${encodeURIComponent(token)}`, {
      headers: { accept: 'application/json' },
      cache: 'no-store',
      redirect: 'error',
    })
    if (response.ok) return (await response.json()) as Standing
  } catch {
    // told below, as an answer that is none
  }
  throw new Unanswered()
}
