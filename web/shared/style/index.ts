import '@fontsource-variable/source-sans-3/wght.css'
import './base.css'

const QUIET_MS = 8_000

/**
 * Chinese letters come in a hundred parts; their list is fetched when the page is there: at once
 * for who reads Chinese, and for a name now and then when everything else has been done.
 */
export function laterFonts(quiet = QUIET_MS): void {
  const load = () => void import('@fontsource-variable/noto-sans-sc/wght.css')
  const idle = () =>
    'requestIdleCallback' in window ? requestIdleCallback(load, { timeout: 4_000 }) : load()
  setTimeout(idle, document.documentElement.lang.startsWith('zh') ? 0 : quiet)
}
