"""The regulator's office: orders that bite at once, and each day's proof that the money is there.

    document ──sign──▶ proposed ──second person──▶ issued ──▶ gates of core/policy ──▶ postings
                           └───── tightens: one person is enough ─────┘

An order is never edited: a later one supersedes it, and a lift is an order too. No money moves
here: a shortfall that `safeguarding` finds is put in by the bank, whose line is then booked.
"""
