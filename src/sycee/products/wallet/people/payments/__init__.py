"""Payments: a transfer to someone known by a handle, with a memo that only the two can read."""
