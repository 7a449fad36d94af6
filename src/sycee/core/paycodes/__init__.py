"""Offline pay codes: what a phone computes without a network becomes a mandate at the till.

    server ──seed, once──▶ device ──HMAC(seed, time)──▶ 18 digits ──▶ till
    till ──the digits──▶ check against the sealed seed ──▶ mandate of `core.tender`, spent at once

Stands on parties (whose device is it, and is it still theirs) and on tender (a mandate is good for
one payment), so that every product that takes a pay code takes these.
"""
