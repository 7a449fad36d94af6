"""One double-entry ledger: accounts, transfers, holds; batches decided in exact order."""
