"""The verbs of the log: seal, and settle who is asked to watch."""
