/** The console's texts. */
import { speaks, Texts } from '$shared/i18n/language.svelte'
import type { texts } from './en'

export type Console = typeof texts
export const t = speaks(
  new Texts<Console>({
    en: () => import('./en'),
    zh: () => import('./zh'),
    de: () => import('./de'),
  }),
)
