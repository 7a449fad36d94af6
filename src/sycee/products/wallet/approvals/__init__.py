"""Approvals: a passkey touched for one payee and one amount, which becomes a mandate to pay it.

    what is to be paid ──hash──▶ challenge ──touch──▶ mandate (payee, amount, once) ──▶ the payment

Dynamic linking: change the payee, the amount or the currency, and the signature is of something
else. The mandate is spent in the payment's own transaction, by whatever product takes it.
"""
