"""Red envelopes: a gift of money in shares that were fixed, fairly, before the first was taken.

    sender ──fund──▶ the envelope's own pot ──claim──▶ friends
                             └────refund, what is left at the end────▶ sender

The pot's balance is what nobody has taken yet, at every instant. How the shares fall is decided at
creation by a seed whose hash is published then; the seed is shown when the envelope has ended.
"""
