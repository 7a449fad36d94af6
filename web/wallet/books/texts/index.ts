/** The texts of search, months, limits and the log, read when they are used. */
import { language, speaks, Texts } from '$shared/i18n/language.svelte'
import type { texts } from './en'

export const b = speaks(
  new Texts<typeof texts>({
    en: () => import('./en'),
    zh: () => import('./zh'),
    de: () => import('./de'),
  }),
)
await b.load(language.now)
