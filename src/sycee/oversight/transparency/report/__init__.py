"""The transparency report: what was demanded of people's data, from the log's own rows.

demand.* rows ─► opened with their proofs ─► totals that anyone counts again
     └─ under a gag ─► their leaves alone, until it ends
"""
