"""What a product holds goes back to whom it came from: the question, without a database."""

from __future__ import annotations

from uuid import uuid4

from sycee.core.parties.checks import astray
from sycee.core.parties.model import account_id
from sycee.kit.ids import public


def test_money_that_would_go_back_to_another_is_named():
    ann, bob, sound, strayed = uuid4(), uuid4(), uuid4(), uuid4()
    mine, other = account_id(ann, "wallet", "CNY"), account_id(bob, "wallet", "CNY")
    (difference,) = astray("trd", [(sound, mine, ann, "CNY"), (strayed, other, ann, "CNY")])
    assert difference.subject == public("trd", strayed)
    assert difference.found == public("acc", other)
    assert astray("trd", [(sound, mine, ann, "USD")])
