/**
 * Where the keyboard is when what it was on is gone.
 *
 * A browser puts the focus on nothing when its element leaves the page: a button that did its work,
 * a list that became a form, a screen that was left. Who works by keyboard or by ear would begin
 * again at the top. So the focus goes to the heading of what is there now.
 */

const HEADINGS = ['dialog[open] h2', 'main h1', 'main h2']

let last: Element | null = null
let lost = false

/**
 * Look after the focus, for as long as the component stands that calls this. When `path` changes
 * another screen comes: its heading is told, and the next Tab goes on from there.
 */
export function keepFocus(path: () => string): void {
  $effect(watched)
  let known = path()
  $effect.pre(() => {
    if (path() === known) return
    known = path()
    lost = true
  })
}

function watched(): () => void {
  const seen = (event: FocusEvent) => {
    last = event.target as Element
    lost = false
  }
  const watch = new MutationObserver(() => {
    if (last && !last.isConnected) lost = true
    if (lost) find()
  })
  addEventListener('focusin', seen)
  watch.observe(document.body, { childList: true, subtree: true })
  return () => {
    removeEventListener('focusin', seen)
    watch.disconnect()
  }
}

function find(): void {
  const now = document.activeElement
  if (now && now !== document.body && now !== last) return
  const dialog = document.querySelector('dialog[open]')
  if (dialog?.contains(now)) return
  for (const each of HEADINGS) {
    const heading = document.querySelector<HTMLElement>(each)
    if (!heading) continue
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
    return
  }
}
