"""People paying people: contacts, memos, requests, split bills, plans, gifts and refunds.

payer's wallet ══wallet.transfer══▶ payee's purse        a payment, a request paid, a plan's run
payer's wallet ══wallet.gift══▶ gift (a pot each)        a card on its way
                                gift ══wallet.gift-claim══▶ wallet of whoever opens it
                                gift ══wallet.gift-return══▶ payer's wallet, at expiry
payee's purse ══wallet.refund══▶ payer's wallet          a reversal of what was paid
"""
