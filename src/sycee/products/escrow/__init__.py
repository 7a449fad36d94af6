"""Escrow: the buyer's money waits in the trade's own pot until the goods have come.

    buyer ──hold──▶ the trade's pot ──release──▶ sellers
                        │  │  │  ▲                  │
                        │  │  │  └─────reclaim──────┘ (a refund after the release)
                        │  │  └──split───▶ royalty payees
                        │  └─────fee─────▶ the platform
                        └────refund──────▶ buyer

What is in the pot *is* what the trade holds, after every step:
paid + reclaimed = released + fees + refunded + held.
"""
