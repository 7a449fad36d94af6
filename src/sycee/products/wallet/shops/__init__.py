"""Shops: codes and links to be paid by, and a shop's day in numbers: payer's wallet → payee's."""
