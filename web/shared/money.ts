/** Amounts: whole minor units in, text of the reader's language out. No float holds money. */

const DIGITS: Record<string, number> = { JPY: 0, KRW: 0, VND: 0, LAK: 2, BHD: 3, KWD: 3, TND: 3 }

export function digitsOf(currency: string): number {
  return DIGITS[currency] ?? 2
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

/** Minor units of what a person typed, in either decimal mark; null unless it is an amount. */
export function parse(text: string, currency: string): number | null {
  const digits = digitsOf(currency)
  const plain = text.trim().replace(/[\s'’]/g, '')
  const marks = [...plain].filter((letter) => letter === '.' || letter === ',')
  const last = marks.length ? Math.max(plain.lastIndexOf('.'), plain.lastIndexOf(',')) : -1
  let whole = plain
  let part = ''
  if (last >= 0 && plain.length - last - 1 <= Math.max(digits, 0)) {
    whole = plain.slice(0, last)
    part = plain.slice(last + 1)
  }
  whole = whole.replace(/[.,](?=\d{3}(\D|$))/g, '')
  if (!/^\d*$/.test(whole) || !/^\d*$/.test(part) || whole + part === '') return null
  const minor = Number(whole + part.padEnd(digits, '0'))
  return Number.isSafeInteger(minor) ? minor : null
}

/** `total` in `n` parts that sum exactly; the first ones carry what is left over. */
export function shares(total: number, n: number): number[] {
  const each = Math.floor(total / n)
  return Array.from({ length: n }, (_, i) => each + (i < total - each * n ? 1 : 0))
}
