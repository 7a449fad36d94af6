"""Receipts: what a movement was, with a digest that anyone can check against the books."""
