import type { Console } from '.'
export { texts } from './en'
export type { Console }
