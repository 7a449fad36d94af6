/** The texts of an order's steps beside sending and refunds, read with its screen. */
import { language, speaks, Texts } from '$shared/i18n/language.svelte'
import type { texts } from './en'

export const o = speaks(
  new Texts<typeof texts>({
    en: () => import('./en'),
    zh: () => import('./zh'),
    de: () => import('./de'),
  }),
)
await o.load(language.now)
