/** Where one can go: the screens by what one does there, for the menu, the palette and the keys. */
import Activity from '@lucide/svelte/icons/activity'
import BookOpen from '@lucide/svelte/icons/book-open'
import ChartPie from '@lucide/svelte/icons/chart-pie'
import Door from '@lucide/svelte/icons/door-open'
import FileCheck from '@lucide/svelte/icons/file-check'
import Gavel from '@lucide/svelte/icons/gavel'
import Handshake from '@lucide/svelte/icons/handshake'
import Landmark from '@lucide/svelte/icons/landmark'
import ListTodo from '@lucide/svelte/icons/list-todo'
import PartyPopper from '@lucide/svelte/icons/party-popper'
import Percent from '@lucide/svelte/icons/percent'
import Scale from '@lucide/svelte/icons/scale'
import ShieldCheck from '@lucide/svelte/icons/shield-check'
import Smartphone from '@lucide/svelte/icons/monitor-smartphone'
import Stamp from '@lucide/svelte/icons/stamp'
import Sum from '@lucide/svelte/icons/sigma'
import Users from '@lucide/svelte/icons/users-round'
import type { t } from '../texts'

type Name = keyof (typeof t)['now']['nav']
type Group = keyof (typeof t)['now']['groups']

/** A screen: its name in the address and in the texts, its letter after `g`, who may see it. */
export interface Place {
  name: Name
  Icon: typeof Activity
  letter: string
  scope: string
}

const place = (name: Name, Icon: typeof Activity, letter: string, scope = 'operator'): Place => ({
  name,
  Icon,
  letter,
  scope,
})

export const PLACES: readonly (readonly [Group, readonly Place[]])[] = [
  [
    'watch',
    [
      place('pulse', Activity, 'p'),
      place('jobs', ListTodo, 'j'),
      place('new-year', PartyPopper, 'n'),
    ],
  ],
  [
    'money',
    [
      place('trades', Handshake, 't'),
      place('disputes', Scale, 'd', 'disputes:rule'),
      place('bank', Landmark, 'b'),
      place('ledger', BookOpen, 'l'),
    ],
  ],
  [
    'people',
    [place('parties', Users, 'a'), place('demands', Gavel, 'e'), place('counts', ChartPie, 'u')],
  ],
  [
    'rules',
    [
      place('orders', Stamp, 'o', 'oversight:read'),
      place('gates', Door, 'g', 'oversight:read'),
      place('terms', Percent, 'c'),
    ],
  ],
  [
    'proofs',
    [
      place('safeguarding', ShieldCheck, 's', 'oversight:read'),
      place('log', FileCheck, 'r', ''),
      place('liabilities', Sum, 'i', ''),
    ],
  ],
  ['desk', [place('devices', Smartphone, 'v', 'devices:write')]],
]
