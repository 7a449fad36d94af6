/**
 * Is a row of the log shown as it is written? Its proof is of its text alone; what people read of
 * it stands beside that, and could say anything.
 */
import { publicId } from './ids.ts'

const NOBODY = ['house', 'visitor']

/** A row, and what a list of readings says of it in words. */
export interface Shown {
  id: string
  verb: string
  purpose: string
  subject: string
  data: Record<string, unknown>
  canonical: string
  at?: string
  actor?: string | null
  who?: { role: string; id: string | null }
  fields?: readonly string[]
  case?: string | null
  sequence?: number
}

interface Text {
  id: string
  at: number
  actor: string | null
  verb: string
  purpose: string
  subject: string
  body: Record<string, unknown>
}

/** Whether all that is shown of a row is what its text says; false for what is no text. */
export function asWritten(row: Shown): boolean {
  try {
    const text = JSON.parse(row.canonical) as Text
    const { body } = text
    const actor = text.actor === null ? null : publicId('par', text.actor)
    const pairs: [unknown, unknown][] = [
      [row.id, publicId('evt', text.id)],
      [row.verb, text.verb],
      [row.purpose, text.purpose],
      [row.subject, text.subject],
      [row.data, body],
      [row.actor, actor],
      [row.at && Date.parse(row.at), Math.floor(text.at / 1_000)],
      [row.fields, body['fields'] ?? null],
      [row.case, body['case'] ?? null],
      [row.sequence, body['sequence'] ?? null],
    ]
    if (row.who) {
      const { role, id } = row.who
      pairs.push([id, actor], [role === 'you', text.actor === text.subject])
      pairs.push([NOBODY.includes(role), actor === null])
    }
    return pairs.every(([shown, written]) => shown === undefined || equal(shown, written))
  } catch {
    return false
  }
}

function equal(a: unknown, b: unknown): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted)
}
