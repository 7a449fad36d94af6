"""What a designer would see at once and axe does not: text that runs off, is cut, or is too small.

`faults` looks at what is on the screen now, in one width and one language.
"""

from __future__ import annotations

from playwright.sync_api import Page

SMALLEST = 12
"""px: a tab's name, the smallest text of the design; everything else is 13 or more."""

LOOK = """(smallest) => {
  const found = new Set()
  const root = document.documentElement
  const name = (each) => [each.tagName.toLowerCase(), ...each.classList]
    .filter((part) => !part.startsWith('svelte')).join('.')
  const says = (fault, each, text) =>
    found.add(`${fault}: ${name(each)} "${text.trim().slice(0, 40)}"`)
  if (root.scrollWidth > root.clientWidth)
    found.add(`the page is ${root.scrollWidth - root.clientWidth} px too wide`)
  const open = [...document.querySelectorAll('dialog[open]')].pop()
  const walker = document.createTreeWalker(open ?? document.body, NodeFilter.SHOW_TEXT)
  const range = document.createRange()
  const styles = new Map()
  const style = (each) => {
    if (!styles.has(each)) styles.set(each, getComputedStyle(each))
    return styles.get(each)
  }
  for (let node; (node = walker.nextNode()); ) {
    const text = node.data
    const own = node.parentElement
    const seeable = own.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    if (!text.trim() || !seeable) continue
    if (own.closest('.unseen, .skip, option, script, style, noscript, [aria-hidden=true]')) continue
    range.selectNodeContents(node)
    const seen = range.getBoundingClientRect()
    if (!seen.width || !seen.height) continue
    const drawn = own.ownerSVGElement
    const size = parseFloat(style(own).fontSize) * (drawn ? Math.abs(own.getScreenCTM().d) : 1)
    if (size < smallest - 0.1) says(`too small (${size.toFixed(1)} px)`, own, text)
    if (drawn) continue
    // Out of a box that it stands in, or cut by it without a sign.
    for (let box = own; box && box !== root; box = box.parentElement) {
      const { overflowX, textOverflow, position, display } = style(box)
      if (display === 'inline' || display === 'contents') continue
      if (overflowX === 'auto' || overflowX === 'scroll') break
      const edge = box.getBoundingClientRect()
      const over = Math.max(seen.right - edge.right, edge.left - seen.left)
      if (over > 1.5) {
        if (overflowX === 'visible')
          says(`runs ${Math.round(over)} px out of ${name(box)}`, own, text)
        else if (textOverflow !== 'ellipsis') says(`is cut by ${name(box)}`, own, text)
        break
      }
      if (textOverflow === 'ellipsis' || position === 'fixed') break
    }
  }
  return [...found]
}"""


def faults(page: Page) -> list[str]:
    """What is wrong with the layout of what is there now."""
    return page.evaluate(LOOK, SMALLEST)
