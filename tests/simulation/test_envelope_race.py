"""A small race; the large one is `./sycee simulate envelopes --claims 1000000`."""

from __future__ import annotations

import secrets

from sycee.products.envelopes.race import run


def test_no_unit_is_lost_when_servers_are_killed_among_claims_an_end_and_a_refund(
    database_url, tmp_path
):
    seed = secrets.randbits(32)
    tally = run.run(
        database_url,
        tmp_path,
        claims=1_200,
        seed=seed,
        people=60,
        servers=2,
        wave=1_200,
        longest=4,
    )
    assert tally["claims answered"] == 1_200, f"seed {seed}"
    assert tally["shares taken"] > 0, f"seed {seed}"
