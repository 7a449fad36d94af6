"""Orders: what may happen at all, by an authority's word, from the instant it is committed.

propose ──tightens──▶ issued ──effective_at──▶ in force ──superseded──▶ ended
   └──loosens──▶ waits for a second person ──approve──▶ issued
                                           └─decline──▶ declined
"""
