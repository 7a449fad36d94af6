/** Types whose name in the API's description is their path in the house, under short names. */
import type { components } from './schema'

type Schemas = components['schemas']
export type Payee = Schemas['sycee.products.wallet.people.contacts.desk.PayeeView']
export type Statement = Schemas['sycee.core.parties.accountviews.StatementView']
export type TradeState = Schemas['sycee.products.escrow.model.trade.State']
export type BankLine = Schemas['sycee.products.wallet.bank.reading.LineView']
export type Offer = Schemas['sycee.products.wallet.shops.offers.reading.OfferView']
export type LinkView = Schemas['sycee.products.wallet.shops.offers.reading.LinkView']
