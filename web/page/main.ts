/** Makes the page that the server wrote one that pays by passkey. */
import { mount } from 'svelte'
import { wear, theme } from '$shared/boot'
import { speak, type Language } from '$shared/i18n/language.svelte'
import { laterFonts } from '$shared/style'
import './page.css'
import type { Bill } from './bill'

wear(theme())
laterFonts()
const target = document.getElementById('approve')
if (target?.dataset['bill']) {
  const bill = JSON.parse(target.dataset['bill']) as Bill
  const { default: Approve } = await import('./Approve.svelte')
  await speak(document.documentElement.lang.slice(0, 2) as Language)
  mount(Approve, { target, props: { bill } })
}
