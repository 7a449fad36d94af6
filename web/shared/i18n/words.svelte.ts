/** The words that every app needs. */
import { speaks, Texts } from './language.svelte'
import type { texts } from './words/en'

export const words = speaks(
  new Texts<typeof texts>({
    en: () => import('./words/en'),
    zh: () => import('./words/zh'),
    de: () => import('./words/de'),
  }),
)
