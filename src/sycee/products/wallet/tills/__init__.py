"""Tills: a payer shows a pay code, the shop charges it: payer's wallet → shop's purse."""
