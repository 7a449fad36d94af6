"""Money in and out by bank: statements read line by line, payments written in files.

    customer's bank ──camt.053/054──▶ bank ══bank.in══▶ wallet            a top-up's reference fits
                                      bank ══bank.in══▶ bank-unmatched    nobody's yet: the queue
    wallet ══bank.withdraw══▶ bank-transit ──pain.001──▶ the bank         under the policy gate
                              bank-transit ══bank.out══▶ bank             booked, by camt
                              bank-transit ══bank.reject══▶ wallet        refused, by pain.002
                              bank ══bank.return══▶ wallet                came back later, once
    bank-unmatched ══bank.assign══▶ wallet             by an operator's hand
    bank-unmatched ══bank.send-back══▶ bank-transit
    bank-unmatched ══bank.own══▶ capital

A payment waits in `bank-transit`, a house account, and not behind a hold on the wallet: once the
bank has the order, its fate must be bookable whatever happens to the wallet meanwhile.
"""
