"""Webhooks: a reader of the journal that tells parties by HTTP what concerns them."""
