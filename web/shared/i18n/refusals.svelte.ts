/** What the house's refusals are to the reader, by code; loaded when one is met, as few are. */
import { Texts } from './language.svelte'

export const refusals = new Texts<Record<string, string>>({
  en: () => import('./refusals/refusals.en'),
  zh: () => import('./refusals/refusals.zh'),
  de: () => import('./refusals/refusals.de'),
})
