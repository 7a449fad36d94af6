"""Liabilities: once a day, a tree over all the house owes, whose root anyone can hold it to.

    each account's balance ──split──▶ two leaves ──▶ sums and hashes ──▶ one root ──▶ the log

The root's sum is the ledger's own total. Whoever is owed money checks, with a secret of the
account's own, that the balance is in that total; whoever is left out or counted too low finds out.
"""
