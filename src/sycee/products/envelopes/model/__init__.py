"""Envelopes as pure values: how shares fall, and who may take one."""
