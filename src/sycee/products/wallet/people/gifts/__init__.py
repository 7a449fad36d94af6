"""Gifts: money with a card, in a pot of its own until it is opened or goes back.

sender ──gift.send──▶ the gift's own pot ──gift.open──▶ recipient, or whoever has the link
                               └────gift.return, when declined, taken back or expired────▶ sender
"""
