"""A crowd races for envelopes against their end, their refund and the death of the servers."""
