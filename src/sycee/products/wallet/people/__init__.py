"""People paying people: contacts, memos, requests and split bills.

payer's wallet ══wallet.transfer══▶ payee's purse        a payment, a request or a share paid
"""
