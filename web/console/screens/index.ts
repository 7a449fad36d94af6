/** The console's screens by the first part of the path; each is fetched when it is first opened. */
import type { Component } from 'svelte'

type Screen = () => Promise<{ default: Component }>

export const screens: Record<string, Screen> = {
  bank: () => import('./Bank.svelte'),
  counts: () => import('./Counts.svelte'),
  demands: () => import('./Demands.svelte'),
  disputes: () => import('./Disputes.svelte'),
  ledger: () => import('./Ledger.svelte'),
  liabilities: () => import('./Liabilities.svelte'),
  'new-year': () => import('./NewYear.svelte'),
  log: () => import('./Log.svelte'),
  orders: () => import('./Orders.svelte'),
  parties: () => import('./Parties.svelte'),
  pulse: () => import('./Pulse.svelte'),
  safeguarding: () => import('./Safeguarding.svelte'),
  terms: () => import('./Terms.svelte'),
  trades: () => import('./Trades.svelte'),
  devices: () => import('./Devices.svelte'),
  gates: () => import('./Gates.svelte'),
  jobs: () => import('./Jobs.svelte'),
  lost: () => import('./Lost.svelte'),
}
