/** What every app does first: the reader's theme and language, then the screens. */
import { mount, type Component } from 'svelte'
import { speak } from './i18n/language.svelte'
import { laterFonts } from './style'

export type Theme = 'auto' | 'light' | 'dark'

export function theme(): Theme {
  return (localStorage.getItem('theme') as Theme | null) ?? 'auto'
}

export function wear(chosen: Theme): void {
  localStorage.setItem('theme', chosen)
  if (chosen === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = chosen
}

/** `quiet` is how long letters wait that only some names need; a desk has names from anywhere. */
export async function boot(app: Component, quiet?: number): Promise<void> {
  wear(theme())
  await speak()
  mount(app, { target: document.getElementById('app') as HTMLElement })
  laterFonts(quiet)
}
