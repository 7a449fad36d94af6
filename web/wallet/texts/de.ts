import type { Wallet } from '.'
export { texts } from './en'
export type { Wallet }
