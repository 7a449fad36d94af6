"""What a command lists is all there, however narrow the terminal is."""

from __future__ import annotations

from rich.table import Table

from sycee.doors.cli import tables

ID = "sgr_01m8jyr3prfwgbqzm5qjfb8g32"


def test_ids_and_amounts_are_never_cut_short_and_sentences_wrap(monkeypatch, capsys) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    table = Table(box=None, pad_edge=False)
    for name in ("run", "title", "owed"):
        table.add_column(name, no_wrap=name != "title")
    table.add_row(ID, "a sentence of many words", "35500.00 CNY")
    tables.show(table)
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith(ID)
    assert said[1].rstrip().endswith("35500.00 CNY")
    assert len(said) > 2
