"""Transparency: the journal sealed into a log that nobody, this house included, can rewrite unseen.

    journal rows ──seal──▶ leaves ──▶ tiles ──▶ root ──sign──▶ checkpoint ──▶ witnesses cosign
     (xid, ordinal)        0, 1, 2 …  of 256

Sealing runs behind the actions, in a transaction of its own. A person's reading of the journal
comes with proofs that lead to a checkpoint; a checkpoint is consistent with all before it.
"""
