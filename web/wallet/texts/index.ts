/** The wallet's texts. */
import { speaks, Texts } from '$shared/i18n/language.svelte'
import type { texts } from './en'

export const t = speaks(
  new Texts<typeof texts>({
    en: () => import('./en'),
    zh: () => import('./zh'),
    de: () => import('./de'),
  }),
)
