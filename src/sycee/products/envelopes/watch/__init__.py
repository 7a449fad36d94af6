"""What the operator sees of envelopes: the rush of a New Year's Eve, and circles."""
