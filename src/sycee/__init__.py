"""Sycee: escrow, wallets and the money behind them on one double-entry ledger."""

__version__ = "0.1.0"
