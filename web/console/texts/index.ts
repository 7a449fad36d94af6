/** The console's texts. */
import { speaks, Texts } from '$shared/i18n/language.svelte'
import type { texts } from './en'

export const t = speaks(
  new Texts<typeof texts>({
    en: () => import('./en'),
    zh: () => import('./zh'),
    de: () => import('./de'),
  }),
)

/** Why somebody complains: a known code in words, any other one with its hyphens taken out. */
export function reasonOf(code: string): string {
  const words = code.replaceAll('-', ' ')
  return t.now.reasons[code] ?? words.charAt(0).toLocaleUpperCase() + words.slice(1)
}
