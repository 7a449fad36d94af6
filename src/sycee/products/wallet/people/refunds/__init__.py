"""Refunds: a payee gives back what it was paid, in whole or in parts, never more than that."""
