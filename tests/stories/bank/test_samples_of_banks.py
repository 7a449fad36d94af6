"""Files that banks wrote, for our account: each line is matched, or queued with its reason.

The anonymised figures of the statement do not sum, and our books did not begin with its opening
balance: both are what the doctor has to say of it.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from tests.rules.bank.carried import written_by_banks
from tests.stories.bank.conftest import Town

from sycee.products.wallet.bank.model import (
    BankAccountUnknown,
    BankFileInvalid,
    BankFileKnown,
    BankFileUnknownKind,
    Why,
)

THEIRS = b"NL77ABNA0574908765"


def ours(town: Town, name: str) -> bytes:
    """A bank's file, for our account and in its currency."""
    content = written_by_banks(name).replace(THEIRS, town.number.encode())
    return re.sub(rb"\bEUR\b", town.currency.encode(), content)


def test_every_line_of_a_banks_statement_waits_for_a_hand_with_its_reason(town: Town):
    content = ours(town, "abn-amro-statement")
    taken = town.take(content)
    assert (taken.kind, taken.statements, taken.lines) == ("camt.053.001.02", 1, 4)
    reasons = Counter((row.incoming, row.reason) for row in town.queue())
    assert reasons == {(True, Why.NO_REFERENCE): 1, (False, Why.DEBIT_UNKNOWN): 3}
    assert town.in_bank() == -1_299  # what came less what went
    with pytest.raises(BankFileKnown):
        town.take(content)
    again = town.take(content.replace(b"<MsgId>", b"<MsgId>A", 1))
    assert (again.lines, again.known) == (0, 4)
    said = {each.subject for check in town.examine().checks for each in check.differences}
    assert "unbalanced on 2014-01-05" in str(said)
    town.sound = False


def test_a_banks_line_that_carries_our_reference_is_credited(town: Town):
    ann = town.party("Ann")
    asked = town.ask(ann, 140_531)
    content = ours(town, "abn-amro-statement")
    content = content.replace(
        b"<EndToEndId>115</EndToEndId>", f"<EndToEndId>{asked.reference}</EndToEndId>".encode()
    )
    assert town.take(content).credited == 1
    assert town.purse(ann) == 140_531
    assert {row.reason for row in town.queue()} == {Why.DEBIT_UNKNOWN}
    town.sound = False


def test_a_banks_notification_changes_nothing_until_its_statement_comes(town: Town):
    before = town.in_bank()
    taken = town.take(ours(town, "abn-amro-returns-054"))
    assert (taken.kind, taken.waiting, town.in_bank()) == ("camt.054.001.02", 1, before)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("iso-notification", BankAccountUnknown),
        ("iso-notification-1", BankFileUnknownKind),
        ("swiss-statement", BankFileUnknownKind),
        ("german-statement", BankFileInvalid),
        ("abn-amro-returns-053", BankFileInvalid),
    ],
)
def test_a_banks_file_that_is_not_for_us_or_not_by_the_standard_is_refused(town: Town, name, kind):
    with pytest.raises(kind):
        town.take(ours(town, name))
    assert (town.in_bank(), town.queue()) == (0, [])


def test_a_banks_report_on_payments_of_others_touches_none_of_ours(town: Town):
    ann = town.rich(1_000)
    id_ = town.withdraw(ann, 400)
    town.work()
    report = town.take(written_by_banks("abn-amro-report"))
    assert (report.accepted, report.rejected, town.state(id_)) == (0, 0, "sent")
