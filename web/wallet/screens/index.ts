/**
 * The wallet's screens by the first part of the path; each is fetched when it is first opened.
 */
import type { Component } from 'svelte'

type Screen = () => Promise<{ default: Component }>

export const screens: Record<string, Screen> = {
  activity: () => import('./Activity.svelte'),
  contacts: () => import('./Contacts.svelte'),
  code: () => import('./Code.svelte'),
  data: () => import('./Data.svelte'),
  devices: () => import('./Devices.svelte'),
  e: () => import('./Envelope.svelte'),
  envelopes: () => import('./Envelopes.svelte'),
  fair: () => import('./Fair.svelte'),
  g: () => import('./GiftLink.svelte'),
  gifts: () => import('./Gifts.svelte'),
  groups: () => import('./Groups.svelte'),
  invite: () => import('./Enter.svelte'),
  limits: () => import('./Limits.svelte'),
  log: () => import('./Log.svelte'),
  me: () => import('./Me.svelte'),
  money: () => import('./BankMoney.svelte'),
  orders: () => import('./Orders.svelte'),
  p: () => import('./PayPage.svelte'),
  r: () => import('./RequestLink.svelte'),
  receive: () => import('./Receive.svelte'),
  requests: () => import('./Requests.svelte'),
  scan: () => import('./Scan.svelte'),
  schedules: () => import('./Schedules.svelte'),
  send: () => import('./Send.svelte'),
  split: () => import('./Split.svelte'),
  lost: () => import('./Lost.svelte'),
}
