/** Amounts: whole minor units in, text of the reader's language out. No float holds money. */

/** The currencies whose minor unit is no hundredth, by its decimals: as `kit/money.py` has them. */
const ODD = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
}
const DIGITS = new Map(
  Object.entries(ODD).flatMap(([digits, row]) =>
    row.split(' ').map((currency) => [currency, Number(digits)] as const),
  ),
)

export function digitsOf(currency: string): number {
  return DIGITS.get(currency) ?? 2
}

/** The decimal text of minor units, as `1234.05`, without any rounding. */
export function decimal(minor: number, currency: string): string {
  const digits = digitsOf(currency)
  const sign = minor < 0 ? '-' : ''
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  return digits ? `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}` : sign + text
}

const formats = new Map<string, Intl.NumberFormat>()

/** An amount for people, with its currency: `¥1,234.05`, `1.234,05 €`. */
export function amount(minor: number, currency: string, locale: string, sign = false): string {
  const name = `${locale} ${currency} ${sign}`
  let format = formats.get(name)
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      signDisplay: sign ? 'exceptZero' : 'auto',
      minimumFractionDigits: digitsOf(currency),
      maximumFractionDigits: digitsOf(currency),
    })
    formats.set(name, format)
  }
  return format.format(decimal(minor, currency) as unknown as number)
}

/** The currency's own sign, `¥`. */
export function symbol(currency: string, locale: string): string {
  const parts = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  }).formatToParts(0)
  return parts.find((part) => part.type === 'currency')?.value ?? currency
}

/** How many minor units one can write here: what a number holds exactly. */
const MOST = Number.MAX_SAFE_INTEGER

/** What an amount of the reader's language looks like, `1,234.50`. */
export function example(currency: string, locale: string): string {
  const digits = digitsOf(currency)
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  return new Intl.NumberFormat(locale, format).format(1234.5)
}

/** The marks that the reader's language writes between thousands and before the decimals. */
function marksOf(locale: string): { group: string; point: string } {
  const parts = new Intl.NumberFormat(locale).formatToParts(1234567.8)
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
  return { group: of('group'), point: of('decimal') }
}

/** Whether the digits between marks are thousands: one to three, then three each time. */
const inThrees = ([first = '', ...rest]: string[]) =>
  !rest.length || (/^\d{1,3}$/.test(first) && rest.every((each) => each.length === 3))

/**
 * The digits of the minor units of what a person typed; null unless it can be read in one way.
 *
 * A mark groups thousands if it is the one that the reader's language groups by, or stands twice,
 * or before a mark of the other kind; else it stands before the decimals, of which there are at
 * most as many as the currency has. So `12.345` is no amount of yuan in English, and is never taken
 * for a thousand times what was meant.
 */
function digitsIn(text: string, currency: string, locale: string): string | null {
  const digits = digitsOf(currency)
  const plain = text.trim().replace(/[\s'’]/g, '')
  const marks = plain.replace(/[^.,]/g, '')
  const pieces = plain.split(/[.,]/)
  if (!pieces.join('') || !pieces.every((each) => /^\d*$/.test(each))) return null
  const last = marks.slice(-1)
  const alike = marks === last.repeat(marks.length)
  const grouped = alike && inThrees(pieces) && (marks.length > 1 || last === marksOf(locale).group)
  const part = !marks || grouped ? '' : (pieces.pop() ?? '')
  const before = grouped ? '' : marks.slice(0, -1)
  const clear = [...before].every((mark) => mark === before[0] && mark !== last)
  return clear && inThrees(pieces) && part.length <= digits
    ? pieces.join('') + part.padEnd(digits, '0')
    : null
}

/** Minor units of what a person typed, in either decimal mark; null unless it is an amount. */
export function parse(text: string, currency: string, locale: string): number | null {
  const minor = Number(digitsIn(text, currency, locale) ?? NaN)
  return minor <= MOST ? minor : null
}

/** Minor units as the reader would type them, in the decimal mark of their language. */
export function typed(minor: number, currency: string, locale: string): string {
  return decimal(minor, currency).replace('.', marksOf(locale).point)
}

/** Why a text is no amount of at least `least`; undefined where it is one, or says nothing. */
export function fault(
  text: string,
  currency: string,
  locale: string,
  least = 0,
): 'unread' | 'least' | 'most' | undefined {
  if (!text.trim()) return undefined
  const digits = digitsIn(text, currency, locale)
  if (digits === null) return 'unread'
  return Number(digits) > MOST ? 'most' : Number(digits) < least ? 'least' : undefined
}

/** `total` in `n` parts that sum exactly; the first ones carry what is left over. */
export function shares(total: number, n: number): number[] {
  const each = Math.floor(total / n)
  return Array.from({ length: n }, (_, i) => each + (i < total - each * n ? 1 : 0))
}
