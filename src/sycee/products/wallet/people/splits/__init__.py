"""Splits: a bill divided so that the parts sum to it exactly, and a request for each part."""
