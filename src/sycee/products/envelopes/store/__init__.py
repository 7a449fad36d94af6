"""The SQL of `envelopes.*`, one noun a file."""
