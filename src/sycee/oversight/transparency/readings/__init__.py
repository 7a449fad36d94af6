"""Who looked at a person's data: their list, with the proof of each row and of the whole.

somebody ─► vault.open ─► journal (row n names row n-1) ─► log
                                    └─► the person: rows, proofs, and the list's signed end
"""
