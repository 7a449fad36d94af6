"""Demands of governments for people's data: written down, narrowed, answered sealed, and told.

demand ──complete?──▶ received ──approve──▶ approved once ──another person──▶ granted ──▶ answered
                         └──────decline──────┴────▶ declined                              │
        every step is a row of the log; the person's list shows each reading, at once or ◀─┘
        at the end of a gag, by itself
"""
