"""The verbs of money in and out: policy → lock → decide → post → save → journal."""
