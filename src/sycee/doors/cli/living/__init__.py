"""The living town: people who buy, ship, confirm, dispute and tip, as callers of `/v1`."""
