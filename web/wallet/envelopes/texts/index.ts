/** The texts of red envelopes, their groups and the check of their fairness. Read when they are used. */
import { language, speaks, Texts } from '$shared/i18n/language.svelte'
import type { texts } from './en'

export const t = speaks(
  new Texts<typeof texts>({
    en: () => import('./en'),
    zh: () => import('./zh'),
    de: () => import('./de'),
  }),
)
await t.load(language.now)
