"""Mandates to pay: one product issues them, another consumes them, neither knows the other."""
