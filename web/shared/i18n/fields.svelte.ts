/** Why what stands in a field is not taken; loaded with the first form or refusal, as few are. */
import { amount, example, fault } from '../money'
import { language, Texts } from './language.svelte'
import type { texts } from './refusals/fields.en'

export const fields = new Texts<typeof texts>({
  en: () => import('./refusals/fields.en'),
  zh: () => import('./refusals/fields.zh'),
  de: () => import('./refusals/fields.de'),
})

/** Have the words at hand, and in the reader's language once that changes; call it in a form. */
export function fieldWords(): void {
  $effect(() => void fields.load(language.now).catch(() => undefined))
}

/** Why a text is no amount of at least `least` minor units; empty where it is one. */
export function mistake(text: string, currency: string, least: number): string {
  const found = fault(text, currency, language.locale, least)
  const said = fields.now?.amount
  if (!found || !said) return found ? '…' : ''
  if (found === 'unread') return said.unread(example(currency, language.locale))
  return found === 'least' ? said.least(amount(least, currency, language.locale)) : said.most
}
