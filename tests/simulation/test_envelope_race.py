"""A small race; the large one is `./sycee simulate envelopes --claims 1000000`."""

from __future__ import annotations

import secrets

from sycee.doors.cli.race.run import Course, run

COURSE = Course(
    claims=1_000,
    people=80,
    servers=2,
    workers=1,
    connections=8,
    shares=20,
    life_seconds=(1, 2),
    kill_seconds=1.2,
    kills=3,
    kills_most=3,
)


def test_no_unit_is_lost_when_servers_are_killed_among_claims_an_end_and_a_refund(
    database_url, keys_url, tmp_path
):
    seed = secrets.randbits(32)
    tally = run(database_url, keys_url, tmp_path, COURSE, seed)
    assert tally["claims answered"] >= COURSE.claims, f"seed {seed}: {tally}"
    assert tally["shares taken"] >= COURSE.claims * 0.3, f"seed {seed}: {tally}"
    assert tally["answered: envelope-expired"] > 0, f"seed {seed}: {tally}"
    for what in ("servers", "lanes", "workers"):
        assert tally[f"{what} killed"] > 0, f"seed {seed}: {tally}"
