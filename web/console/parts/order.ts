/** What orders are made of, for the forms and lists that show them. */

export const EFFECTS = [
  'deny',
  'withdraw-only',
  'customer-initiated-only',
  'freeze',
  'limit',
  'allow',
] as const
export const PRODUCTS = [
  'bills',
  'card',
  'credit',
  'envelopes',
  'escrow',
  'rides',
  'wallet',
] as const
export const OPERATIONS = [
  'credit',
  'debit',
  'transfer',
  'refund',
  'payout',
  'onboard',
  'draw',
  'repay',
] as const
export const WINDOWS = ['single', 'part', 'day', 'month', 'year', 'lifetime', 'balance'] as const

export function lookOf(state: string): 'bad' | 'warn' | 'plain' {
  return state === 'in-force' ? 'bad' : state === 'proposed' || state === 'dated' ? 'warn' : 'plain'
}
