/** The texts of red envelopes, groups and the check of fairness, read when they are used. */
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
