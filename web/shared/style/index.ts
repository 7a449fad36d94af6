import '@fontsource-variable/source-sans-3/wght.css'
import './base.css'

/** Chinese letters come in a hundred parts; their list is fetched when the page is there. */
export function laterFonts(): void {
  const load = () => void import('@fontsource-variable/noto-sans-sc/wght.css')
  if ('requestIdleCallback' in window) requestIdleCallback(load, { timeout: 4_000 })
  else setTimeout(load, 1_500)
}
