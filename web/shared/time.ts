/** Moments as the reader's language says them. */

const DAY_MS = 86_400_000

const formats = new Map<string, Intl.DateTimeFormat>()
const relatives = new Map<string, Intl.RelativeTimeFormat>()

/** A formatter, made once: making one costs a phone more than a whole row of a list. */
function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = locale + JSON.stringify(options)
  const known = formats.get(name)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale, options)
  formats.set(name, made)
  return made
}

function relative(locale: string): Intl.RelativeTimeFormat {
  const known = relatives.get(locale)
  if (known) return known
  const made = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  relatives.set(locale, made)
  return made
}

export function day(at: string | Date, locale: string, now = new Date()): string {
  const then = new Date(at)
  const days = Math.round((midnight(now) - midnight(then)) / DAY_MS)
  if (days === 0 || days === 1 || days === -1) return capital(relative(locale).format(-days, 'day'))
  const year = then.getFullYear() === now.getFullYear() ? undefined : ('numeric' as const)
  return format(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year,
  }).format(then)
}

/** A day without a time, as the API writes days: `2026-11-26`. */
export function date(on: string, locale: string): string {
  const days = format(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  return days.format(new Date(`${on}T00:00:00Z`))
}

/** A month, as the API writes months: `2026-11`. */
export function month(of: string, locale: string): string {
  const months = format(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' })
  return capital(months.format(new Date(`${of}-01T00:00:00Z`)))
}

export function clock(at: string | Date, locale: string): string {
  return format(locale, { hour: '2-digit', minute: '2-digit' }).format(new Date(at))
}

export function moment(at: string | Date, locale: string): string {
  return format(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at))
}

/** What is left until, or has passed since, in the largest unit that fits: `in 3 days`. */
export function distance(at: string | Date, locale: string, now = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000
  const said = relative(locale)
  const size = Math.abs(seconds)
  if (size < 90) return said.format(Math.round(seconds), 'second')
  if (size < 5_400) return said.format(Math.round(seconds / 60), 'minute')
  if (size < 129_600) return said.format(Math.round(seconds / 3_600), 'hour')
  return said.format(Math.round(seconds / 86_400), 'day')
}

/** The rows of each day, in the order they come in. */
export function byDay<T>(rows: readonly T[], at: (row: T) => string): [string, T[]][] {
  const days = new Map<string, T[]>()
  for (const row of rows) {
    const name = new Date(at(row)).toDateString()
    const known = days.get(name)
    if (known) known.push(row)
    else days.set(name, [row])
  }
  return [...days.values()].map((each) => [at(each[0] as T), each])
}

function midnight(at: Date): number {
  return Date.UTC(at.getFullYear(), at.getMonth(), at.getDate())
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1)
}
