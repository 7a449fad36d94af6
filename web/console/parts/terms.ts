/** Terms are kept in seconds and written in days. */
import type { Terms } from '$shared/api/schema'

const DAY = 86_400

/** Days of so many seconds, fine enough that each second is told apart. */
export function days(seconds: number): number {
  return Math.round((seconds / DAY) * 1e6) / 1e6
}

/** The same for people: `10 days`, in the language's own plural. */
export function said(seconds: number, locale: string): string {
  const shape = {
    style: 'unit',
    unit: 'day',
    unitDisplay: 'long',
    maximumFractionDigits: 2,
  } as const
  return new Intl.NumberFormat(locale, shape).format(days(seconds))
}

/** What was written in days, in either decimal mark. */
export function seconds(written: string): number {
  return Math.round(Number(written.trim().replace(',', '.')) * DAY)
}

/** In the order in which a trade meets them. */
export const TERMS: (keyof Terms)[] = [
  'pay_seconds',
  'ship_seconds',
  'confirm_seconds',
  'extend_seconds',
  'review_seconds',
  'settle_seconds',
  'answer_seconds',
  'react_seconds',
  'return_seconds',
  'receive_seconds',
  'evidence_seconds',
  'after_sale_seconds',
  'rate_seconds',
  'retry_seconds',
]
