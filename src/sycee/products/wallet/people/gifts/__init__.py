"""Gifts: money in a card, opened by a person or by whoever has the link, or returned in time."""
