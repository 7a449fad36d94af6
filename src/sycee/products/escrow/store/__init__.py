"""The trades in PostgreSQL: one statement a function, `escrow.*` only."""
