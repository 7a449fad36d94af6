/** The till's screens by the first part of the path. */
import type { Component } from 'svelte'

type Screen = () => Promise<{ default: Component }>

export const screens: Record<string, Screen> = {
  orders: () => import('./Orders.svelte'),
  links: () => import('./Links.svelte'),
  sales: () => import('./Sales.svelte'),
  staff: () => import('./Staff.svelte'),
  keys: () => import('./Keys.svelte'),
  alipay: () => import('./Alipay.svelte'),
  hooks: () => import('./Hooks.svelte'),
  today: () => import('./Today.svelte'),
  lost: () => import('./Lost.svelte'),
  shop: () => import('./Shop.svelte'),
}
