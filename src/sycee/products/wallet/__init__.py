"""Wallet: a person's money, paid to anyone by one transfer: payer's wallet → payee's purse."""
