"""Safeguarding: each day, at one instant, is what customers are owed really at the bank?

each customer's balance ──sum──▶ requirement ┐
the books' bank accounts ────────▶ resource  ├──▶ breaks to the cent ──▶ two people sign
the bank's statement, line by line ──────────┘
"""
