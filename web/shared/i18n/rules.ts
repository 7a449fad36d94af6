/** Which rule a refused field breaks, in the reader's words. */
import { getContext, setContext } from 'svelte'
import { amount } from '../money'
import { language } from './language.svelte'
import type { texts } from './refusals/fields.en'

const HOUSE = Symbol('the rules in the words of the API')

/** Below this screen are people who read the API's own words: its developers and the house. */
export function readsRules(): void {
  setContext(HOUSE, true)
}

/** Whether this is such a screen; asked while a component is made. */
export function rulesAreRead(): boolean {
  return getContext<boolean | undefined>(HOUSE) ?? false
}

/** A rule of the API's that was written for people, not what a decoder expected of the bytes. */
export function legible(rule: string): string {
  return rule.startsWith('Expected') ? '' : rule
}

/** A field of that name is one of three things, which their rules tell apart. */
function nameOf(field: string, rule: string): string {
  const name =
    field
      .replace(/\[[^\]]*\]/g, '')
      .split('.')
      .at(-1) ?? ''
  if (name !== 'code') return name
  return rule.includes('recovery') ? 'recovery' : /2\[89\]|\{18\}/.test(rule) ? 'paycode' : name
}

/**
 * What to say of a field that breaks a rule; empty where the reader has never heard of the field.
 *
 * `currency` is that of the amounts on the screen: a rule of minor units is said in it.
 */
export function sayRule(
  said: typeof texts,
  field: string,
  rule: string,
  currency: string | undefined,
): string {
  const name = nameOf(field, rule)
  const bounds = /from (\d+) to (\d+)$/.exec(rule)
  if (bounds && currency && name.endsWith('_minor')) {
    const [least, most] = bounds.slice(1).map(Number) as [number, number]
    const text = (minor: number) => amount(minor, currency, language.locale)
    return said.between(text(least), text(most))
  }
  const label = said.labels[name]
  return said.rules[name] ?? (label ? said.check(label) : '')
}
