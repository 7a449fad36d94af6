/** What both sides of a trade read in the wallet as at the till, read when it is used. */
import { language, speaks, Texts } from '$shared/i18n/language.svelte'
import type { texts } from './en'

export const d = speaks(
  new Texts<typeof texts>({
    en: () => import('./en'),
    zh: () => import('./zh'),
    de: () => import('./de'),
  }),
)
await d.load(language.now)
