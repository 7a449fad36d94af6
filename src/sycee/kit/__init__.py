"""WORDS: money, ids, time and refusals; the standard library only."""
