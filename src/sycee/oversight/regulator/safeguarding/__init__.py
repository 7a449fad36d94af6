"""Safeguarding: each day, at one instant, what customers are owed is held against the bank.

each customer's balance ──sum──▶ requirement ┐
the books' bank accounts ────────▶ resource  ├──▶ breaks to the cent ──▶ two people sign
the bank's statement, line by line ──────────┘
"""
