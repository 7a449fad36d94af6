"""What the bank reports late or twice, and what an operator or a file may not do."""

from __future__ import annotations

import secrets
from pathlib import Path
from uuid import UUID

import pytest
from tests.stories.bank.conftest import FRIEND, Town
from tests.stories.bank.test_one_file import said

from sycee.doors.bank import messages
from sycee.kit.errors import Invalid
from sycee.products.wallet.bank import desk, folders, jobs, model
from sycee.products.wallet.bank.actions import queue
from sycee.products.wallet.bank.model import (
    BankFileTooLong,
    BankLineOutgoing,
    BankLineSettled,
    BankLineWithoutSender,
)


def report(town: Town, whole: str, *rows: tuple[UUID, str]) -> tuple[int, int]:
    """Take a report on the town's one batch; how many were accepted and rejected."""
    said = [(id_.hex, status, None) for id_, status in rows] or [("0" * 32, "PDNG", None)]
    name, now = secrets.token_hex(8), town.database.clock.now()
    content = messages.status_report(name, now, town.unwritten().hex, said)
    end = b"</OrgnlGrpInfAndSts>"
    taken = town.take(content.replace(end, f"<GrpSts>{whole}</GrpSts>".encode() + end))
    return taken.accepted, taken.rejected


def test_a_report_turns_what_is_under_way_and_nothing_else(town: Town):
    ann = town.rich(1_000)
    paid, back, late = (town.withdraw(ann, minor) for minor in (1, 20, 300))
    town.work()
    waits = town.withdraw(ann, 400)
    ids = (paid, back, late, waits)

    def states() -> list[str]:
        return [town.state(id_) for id_ in ids]

    assert report(town, "PDNG", (waits, "RJCT")) == (0, 0)
    assert report(town, "ACCP", (late, "PDNG")) == (2, 0)
    assert report(town, "PART", (back, "RJCT"), (waits, "ACSP")) == (0, 1)
    assert states() == ["accepted", "rejected", "sent", "queued"]
    town.take(said(town, ("A", False, 1, paid.hex, None)))
    assert report(town, "ACCP") == (1, 0)
    assert report(town, "RJCT", (back, "ACSP")) == (0, 1)
    assert states() == ["booked", "rejected", "rejected", "queued"]
    town.take(said(town, ("B", True, 1, paid.hex, None)))
    assert (report(town, "RJCT"), report(town, "ACCP")) == ((0, 0), (0, 0))
    assert states() == ["returned", "rejected", "rejected", "queued"]
    assert (town.purse(ann), town.house("bank-transit"), town.in_bank()) == (600, 400, 1_000)


def test_money_that_went_out_is_given_to_nobody_and_booked_as_nothing_else(town: Town):
    ann = town.rich(1_000)
    gone = town.withdraw(ann, 70)
    town.work()
    waits = town.withdraw(ann, 70)
    town.take(said(town, ("A", False, 70, None, None), ("B", True, 70, None, None)))
    into, out = sorted(town.queue(), key=lambda row: not row.incoming)
    with pytest.raises(BankLineOutgoing):
        town.do("bank.assign", queue.assign, queue.Assign(out.id, ann, town.operator))
    with pytest.raises(BankLineOutgoing):
        desk.send_back(town.database, town.operator, "out", out.id).unwrap()
    for line, payment in ((into, gone), (out, waits)):
        wrong = queue.Assign(line.id, None, town.operator, (payment,))
        with pytest.raises(Invalid):
            town.do("bank.assign", queue.assign, wrong)
    assert len(town.queue()) == 2
    town.do("bank.assign", queue.assign, queue.Assign(out.id, None, town.operator, (gone,)))
    assert (town.state(gone), town.state(waits)) == ("booked", "queued")


@pytest.mark.parametrize(("name", "number"), [("Eve", None), ("Eve", "GB33BUKB20201555555556")])
def test_what_comes_from_no_account_is_sent_back_to_none(town: Town, name: str, number: str | None):
    town.bank.pay_in(town.number, 100, name=name, sender=number)
    town.work()
    (line,) = town.queue()
    with pytest.raises(BankLineWithoutSender):
        desk.send_back(town.database, town.operator, str(line.id), line.id).unwrap()
    town.do("bank.own", queue.own, queue.Own(line.id, town.operator))
    with pytest.raises(BankLineSettled):
        desk.send_back(town.database, town.operator, f"{line.id}2", line.id).unwrap()


def test_a_sender_without_a_name_is_sent_its_money_all_the_same(town: Town):
    town.bank.pay_in(town.number, 100, name=None, sender=FRIEND)
    town.work()
    (line,) = town.queue()
    desk.send_back(town.database, town.operator, str(line.id), line.id).unwrap()
    town.work()
    (path,) = town.where.out.iterdir()
    assert "<Cdtr>\n          <Nm>NOTPROVIDED</Nm>" in path.read_text()
    town.circle()
    assert town.in_bank() == 0


def test_a_file_has_so_many_lines_and_not_one_more(town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(model, "LINES_MAX", 2)
    rows = [(name, True, 1, None, None) for name in "ABC"]
    with pytest.raises(BankFileTooLong) as caught:
        town.take(said(town, *rows))
    assert caught.value.facts() == {"lines": 3, "limit": 2}
    assert town.take(said(town, *rows[:2])).lines == 2


def test_each_file_lies_where_it_is_seen_what_became_of_it(town: Town):
    good, into = said(town, ("A", True, 5, None, None)), town.where.into

    def lies() -> list[str]:
        return sorted(path.relative_to(into).as_posix() for path in into.rglob("*.*"))

    for _ in range(2):  # the second time it is known
        folders.put(into, "a.xml", good)
        folders.put(into, "B.XML", b"<a/>")
        folders.put(into, "c.txt", good)
        jobs.take_all(town.database, town.where)
    assert lies() == ["c.txt", "refused/B-2.XML", "refused/B.XML", "taken/a-2.xml", "taken/a.xml"]
    assert town.in_bank() == 5
    assert jobs.take_all(town.database, town.where) == 0


def test_a_file_that_the_bank_has_spoken_of_is_not_written_again(town: Town, tmp_path: Path):
    ann = town.rich(100)
    town.withdraw(ann, 40)
    town.work()
    batch = town.unwritten()
    assert jobs.send(town.database, tmp_path / "once", batch).exists()
    assert not jobs.send(town.database, tmp_path / "noted", batch).exists()
    town.unwritten()
    town.bank.read_orders()
    town.work()  # accepted
    assert not jobs.send(town.database, tmp_path / "spoken", batch).exists()
