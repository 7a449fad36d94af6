/** The address bar as state: an app's own path, its parts, and moving between them. */

/** A part of a path as it was written; as it stands, where no browser could have written it. */
function plain(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export class Router {
  path = $state('/')
  query = $state(new URLSearchParams())
  /** Counts moves, so that a screen can tell that it was left and entered again. */
  moves = $state(0)

  constructor(readonly root: string) {
    this.read()
    addEventListener('popstate', () => this.read())
    addEventListener('click', (event) => this.follow(event))
  }

  /** The parts of the path: `/trades/trd_1` is `['trades', 'trd_1']`. */
  get parts(): string[] {
    return this.path.split('/').filter(Boolean).map(plain)
  }

  href(path: string): string {
    return this.root + path
  }

  go(path: string, replace = false): void {
    const to = this.href(path)
    if (replace) history.replaceState(null, '', to)
    else history.pushState(null, '', to)
    this.read()
    scrollTo(0, 0)
  }

  back(otherwise = '/'): void {
    if (history.length > 1) history.back()
    else this.go(otherwise, true)
  }

  private read(): void {
    const path = location.pathname
    this.path = path.startsWith(this.root) ? path.slice(this.root.length) || '/' : '/'
    this.query = new URLSearchParams(location.search)
    this.moves++
  }

  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey)
      return
    const link = (event.target as Element | null)?.closest('a')
    // Read as attributes: a link of a drawing (SVG) has no text in its properties.
    const href = link?.getAttribute('href')
    if (!link || href === null || href === undefined) return
    if (link.hasAttribute('target') || link.hasAttribute('download')) return
    const to = new URL(href, location.href)
    if (to.origin !== location.origin || !to.pathname.startsWith(`${this.root}/`)) return
    event.preventDefault()
    this.go(to.pathname.slice(this.root.length) + to.search)
  }
}
