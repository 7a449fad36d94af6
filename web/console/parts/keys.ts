/**
 * The console by the keyboard: `g` and a letter go to a screen, `j` and `k` through a list's rows,
 * `/` or Ctrl K to anything, `?` tells of it. While one types, letters are letters.
 */

export interface Ways {
  /** Goes to a screen by its letter; false when there is none. */
  go: (letter: string) => boolean
  find: () => void
  help: () => void
}

const WAIT_MS = 2_500
let waiting = 0

export function pressed(event: KeyboardEvent, ways: Ways): void {
  if (event.metaKey || event.ctrlKey) {
    if (event.key.toLowerCase() !== 'k') return
    event.preventDefault()
    ways.find()
    return
  }
  if (event.altKey || event.defaultPrevented || typing(event.target)) return
  if (document.querySelector('dialog[open]')) return
  const key = event.key
  // The time of the press, not of its turn: a busy machine may be late to look at it.
  if (waiting > event.timeStamp) {
    waiting = 0
    if (ways.go(key.toLowerCase())) event.preventDefault()
  } else if (key === 'g') waiting = event.timeStamp + WAIT_MS
  else if (key === '/') {
    event.preventDefault()
    ways.find()
  } else if (key === '?') ways.help()
  else if (key === 'j' || key === 'k') step(key === 'j' ? 1 : -1)
}

/**
 * Whether a key goes into a field. The field of a dialog that has just closed keeps the focus until
 * the next frame, when what had it before is gone: nobody types there.
 */
function typing(target: EventTarget | null): boolean {
  if (!(target instanceof Element) || !target.checkVisibility()) return false
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'range'].includes(target.type))
  )
}

/** The row after or before the one that has the focus. */
function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main a.lead, main button.lead')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus()
}
