"""Statements: what moved on an account in a period, to read here and to take away as a file."""
