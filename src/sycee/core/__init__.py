"""WHAT is true: the ledger, the parties, the policy, the mandates and the journal."""
