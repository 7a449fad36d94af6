/** What can be demanded of a person, and times of the forms. */

export const FIELDS = ['name', 'email', 'phone', 'address', 'birth-date', 'statement'] as const
export type Wanted = (typeof FIELDS)[number]

/** The beginning of a day in UTC, so many days later; null for no day. */
export function instant(day: string, later = 0): string | null {
  if (!day) return null
  const found = new Date(`${day}T00:00:00Z`)
  found.setUTCDate(found.getUTCDate() + later)
  return found.toISOString()
}
