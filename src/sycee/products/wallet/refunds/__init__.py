"""Refunds: whoever was paid gives it back, in full or in parts: payee's purse → payer's wallet."""
