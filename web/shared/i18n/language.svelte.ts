/** The reader's language: chosen, else the browser's, else English. */

export type Language = 'en' | 'zh' | 'de'
export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['zh', '中文'],
  ['de', 'Deutsch'],
]
const LOCALES: Record<Language, string> = { en: 'en-GB', zh: 'zh-CN', de: 'de-DE' }

function first(): Language {
  const chosen = localStorage.getItem('language')
  for (const wanted of [chosen, ...navigator.languages]) {
    const short = wanted?.slice(0, 2)
    if (short === 'en' || short === 'zh' || short === 'de') return short
  }
  return 'en'
}

class Chosen {
  now = $state<Language>(first())
  get locale(): string {
    return LOCALES[this.now]
  }
}

export const language = new Chosen()

/** An app's texts in one language at a time; `now` is what the screens read. */
export class Texts<T extends object> {
  now = $state.raw() as T

  constructor(private sources: Record<Language, () => Promise<{ texts: T }>>) {}

  async load(to: Language): Promise<void> {
    this.now = (await this.sources[to]()).texts
  }
}

/** Picks the form that a number takes in the reader's language. */
export function plural(n: number, forms: { one?: string; other: string }): string {
  const kind = new Intl.PluralRules(language.locale).select(n)
  const form = kind === 'one' ? (forms.one ?? forms.other) : forms.other
  return form.replace('#', new Intl.NumberFormat(language.locale).format(n))
}

/** A name inside a sentence: its own direction stays its own (Unicode's first-strong isolate). */
export function isolated(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name
}

/** The direction of a text: of a sentence with names in it the sentence's, of a name its own. */
export function directionOf(text: string): 'ltr' | 'auto' {
  return text.includes('\u2068') ? 'ltr' : 'auto'
}
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

const loaders = new Set<(to: Language) => Promise<void>>()

/** Registers texts that a change of language must load before the screens turn. */
export function speaks<T extends object>(texts: Texts<T>): Texts<T> {
  loaders.add((to) => texts.load(to))
  return texts
}

export async function speak(to: Language = language.now): Promise<void> {
  await Promise.all([...loaders].map((load) => load(to)))
  language.now = to
  document.documentElement.lang = to === 'zh' ? 'zh-Hans' : to
}

export async function choose(to: Language): Promise<void> {
  localStorage.setItem('language', to)
  await speak(to)
}

// What is chosen in one window is spoken in every other that is open.
addEventListener('storage', (event) => {
  if (event.key === 'language') void speak(first())
})
