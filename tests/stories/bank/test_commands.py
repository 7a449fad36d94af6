"""The sandbox bank at the terminal, without a house beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sycee.doors.bank.books import Books
from sycee.doors.bank.seed import NAME, NUMBER
from sycee.doors.cli.app import main

SAMPLES = Path(__file__).parents[2] / "vectors" / "bank"


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Books:
    monkeypatch.setenv("SYCEE_HOME", str(tmp_path))
    books = Books(tmp_path / "bank" / "sandbox.db")
    books.open(NUMBER, "CNY", NAME)
    return books


def test_a_customer_pays_in_and_the_bank_says_so(books: Books, tmp_path: Path):
    assert main(["bank", "pay-in", "--amount", "12.34", "--reference", "RF00"]) == 0
    assert main(["bank", "statement"]) == 0
    names = sorted(path.name for path in (tmp_path / "bank" / "in").iterdir())
    assert [name.split("-")[1] for name in names] == ["camt.054", "camt.053"]
    assert books.balance(NUMBER) == 1_234
    books.close()


def test_switches_wait_for_the_next_payments(books: Books):
    assert main(["bank", "reject", "AC04"]) == 0
    assert main(["bank", "delay"]) == 0
    assert (books.wished("reject"), books.wished("delay")) == ("AC04", "on")
    assert main(["bank", "delay", "--no-on"]) == 0
    assert books.wished("delay") is None
    assert main(["bank", "return", "0" * 32]) == 1
    books.close()


def test_a_file_is_checked_without_taking_it(
    books: Books, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    assert main(["bank", "check", str(SAMPLES / "two-days.camt.053.001.02.xml")]) == 0
    assert capsys.readouterr().out == "camt.053.001.02: valid\n"
    (tmp_path / "bad.xml").write_text("<!DOCTYPE a><a/>")
    assert main(["bank", "check", str(tmp_path / "bad.xml")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    books.close()
