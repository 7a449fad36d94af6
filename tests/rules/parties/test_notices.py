"""What people are asked: in each language of the screens, and never in other words unawares."""

from __future__ import annotations

import hashlib

from sycee.core.parties.notices import NOTICE, NOTICES, question
from sycee.core.parties.purposes import CONSENTED, Purpose

DIGESTS = {
    "purposes-1": "d44502012a39805e",
    "purposes-2": "a262bd7164c98065",
}
"""Receipts name a version, so its sentences stay as they are: other words are another version."""


def digest(notice: str) -> str:
    asked = NOTICES[notice]
    rows = [
        f"{purpose}\0{language}\0{asked[purpose][language]}\n"
        for purpose in sorted(asked)
        for language in sorted(asked[purpose])
    ]
    return hashlib.sha256("".join(rows).encode()).hexdigest()[:16]


def test_whatever_rests_on_consent_is_asked_in_each_language() -> None:
    assert set(NOTICES[NOTICE]) == CONSENTED
    assert {frozenset(spoken) for spoken in NOTICES[NOTICE].values()} == {
        frozenset({"en", "zh", "de"})
    }


def test_a_version_keeps_its_words() -> None:
    assert {notice: digest(notice) for notice in NOTICES} == DIGESTS


def test_a_region_of_a_language_is_asked_in_that_language() -> None:
    chinese = question(Purpose.SUPPORT, "zh-Hans-CN")
    assert chinese == NOTICES[NOTICE][Purpose.SUPPORT]["zh"]
    assert question(Purpose.SUPPORT, "tlh") is None
