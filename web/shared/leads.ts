/** Where a refusal leads on, in an app that has a screen for what refused. */
import { getContext, setContext } from 'svelte'

const LEADS = Symbol('screens by the code of a refusal')
type Leads = Record<string, string>

/** The screens of this app that say more of a refusal, by its code. */
export function leadOn(to: Leads): void {
  setContext(LEADS, to)
}

/** As told by `leadOn`; asked while a component is made. */
export function leads(): Leads {
  return getContext<Leads | undefined>(LEADS) ?? {}
}
