/** What money moved for, in the reader's language. */
import { t } from '../texts'

export function reasonOf(code: string): string {
  return t.now.reasons[code] ?? t.now.reasons['other'] ?? code
}
