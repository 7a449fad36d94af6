"""What a product holds goes back to whom it came from: the question, without a database."""

from __future__ import annotations

from uuid import uuid4

from sycee.core.parties.checks import home
from sycee.core.parties.model import account_id
from sycee.kit.ids import public

RULE = "what is held would go back"


def test_money_that_would_go_back_to_another_is_named():
    ann, bob, sound, astray = uuid4(), uuid4(), uuid4(), uuid4()
    mine, other = account_id(ann, "wallet", "CNY"), account_id(bob, "wallet", "CNY")
    finding = home(RULE, "trd", [(sound, mine, ann, "CNY"), (astray, other, ann, "CNY")])
    (difference,) = finding.differences
    assert difference.subject == public("trd", astray)
    assert difference.found == public("acc", other)
    assert finding.check == RULE
    assert not home(RULE, "trd", [(sound, mine, ann, "USD")]).ok
