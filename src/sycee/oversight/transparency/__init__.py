"""Transparency: a log of what was done that nobody can rewrite unseen."""
