/** What the server wrote into the page, and what it says when it is asked again. */
import { Refused, Unanswered } from '$shared/api/client'
import type { Problem } from '$shared/api/schema'

export interface Bill {
  token: string
  payee: string
  shop: string
  amount_minor: number | null
  currency: string
  least_minor: number | null
  most_minor: number | null
  tips: boolean
  by_code: boolean
  return_url: string
}

export interface Standing {
  state: 'open' | 'paid' | 'closed' | 'expired'
  return_url: string
  code: string
}

/** Where the bill stands; with a pay code, after it was paid by that. */
export async function standing(token: string, code?: string): Promise<Standing> {
  const body = code === undefined ? null : new URLSearchParams({ auth_code: code })
  let response: Response
  try {
    response = await fetch(`/p/${encodeURIComponent(token)}`, {
      method: body ? 'POST' : 'GET',
      body,
      headers: { accept: 'application/json' },
      cache: 'no-store',
      redirect: 'error',
    })
  } catch {
    throw new Unanswered('the server did not answer')
  }
  if (response.headers.get('content-type') !== 'application/json')
    throw new Refused(problem('page-refused', response.status), response.status)
  const said = (await response.json()) as Standing
  if (said.code) throw new Refused(problem(said.code, response.status), response.status)
  return said
}

function problem(code: string, status: number): Problem {
  return { code, title: '', status, facts: {} } as unknown as Problem
}
