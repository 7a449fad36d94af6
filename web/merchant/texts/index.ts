/** The till's texts. */
import { speaks, Texts } from '$shared/i18n/language.svelte'
import type { texts } from './en'

export type Merchant = typeof texts
export const t = speaks(
  new Texts<Merchant>({
    en: () => import('./en'),
    zh: () => import('./zh'),
    de: () => import('./de'),
  }),
)
