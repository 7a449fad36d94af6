/** The words that every app needs. */
import { speaks, Texts } from './language.svelte'
import type { texts } from './words/en'

export type Words = typeof texts
export const words = speaks(
  new Texts<Words>({
    en: () => import('./words/en'),
    zh: () => import('./words/zh'),
    de: () => import('./words/de'),
  }),
)
