"""Offers: what a code and a link have in common: whom, how much, how often, until when."""
