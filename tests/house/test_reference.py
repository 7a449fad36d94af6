"""The reference is what the code says: nothing missing, nothing left over, nothing stale."""

from __future__ import annotations

import re

import pytest

from sycee.core.ledger import chart
from sycee.core.parties import scopes
from sycee.doors.cli import docs
from sycee.runtime import settings

HEADING = re.compile(r"^## ([a-z0-9-]+)$", re.M)


def sections(page: str) -> dict[str, str]:
    """The text under each `## code` of the page of problems."""
    parts = HEADING.split(page)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def differences(page: str, codes: set[str]) -> list[str]:
    """Refusals without a paragraph, and paragraphs without a refusal."""
    found = sections(page)
    missing = [f"{code} has no paragraph" for code in sorted(codes - found.keys())]
    extra = [f"{code} is no refusal" for code in sorted(found.keys() - codes)]
    empty = [f"{code} says nothing" for code, text in found.items() if len(text.split()) < 8]
    return missing + extra + empty


@pytest.fixture(scope="module")
def folder(root):
    return root / "docs" / "reference"


def test_every_refusal_has_a_paragraph_and_every_paragraph_a_refusal(folder):
    codes = {cls.code for cls in docs.refusals()}
    assert len(codes) > 20
    complaints = differences((folder / "problems.md").read_text(), codes)
    assert complaints == [], "\n".join(complaints)


def test_every_refusal_opens_with_one_title_sentence():
    titles = {cls.code: (cls.__doc__ or "").strip().splitlines()[0] for cls in docs.refusals()}
    assert [code for code, title in titles.items() if not title.endswith(".")] == []
    assert [code for code, title in titles.items() if len(title) > 90] == []


def test_what_is_written_from_the_code_is_fresh(root):
    assert docs.stale(root) == [], "run ./sycee docs"


def test_every_scope_account_and_code_is_documented(folder):
    page = (folder / "scopes.md").read_text() + (folder / "ledger-codes.md").read_text()
    names = [*scopes.SCOPES, *chart.CHART, *chart.REASONS]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_setting_is_documented_with_its_meaning(folder):
    page = (folder / "settings.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(settings.listing())
    assert [row for row in rows if row.rstrip().endswith("|  |")] == []


def test_a_stale_page_and_a_missing_paragraph_are_found(tmp_path):
    written = docs.write(tmp_path)
    assert written == list(docs.PAGES)
    assert docs.stale(tmp_path) == []
    page = tmp_path / "docs" / "reference" / "problems.md"
    page.write_text(page.read_text() + "\n## no-such-refusal\n\nNothing.\n")
    (tmp_path / "docs" / "reference" / "scopes.md").unlink()
    assert docs.stale(tmp_path) == ["docs/reference/problems.md", "docs/reference/scopes.md"]
    found = differences(page.read_text(), {cls.code for cls in docs.refusals()} | {"tea-cold"})
    assert "tea-cold has no paragraph" in found
    assert "no-such-refusal is no refusal" in found
    assert "no-such-refusal says nothing" in found


@pytest.mark.parametrize("language", ["en", "zh", "de"])
def test_every_refusal_has_its_words_on_the_screens(root, language):
    told = re.findall(r'"enum": \[([^\]]+)\]', (root / "openapi.json").read_text())
    promised = {code for each in told for code in re.findall(r'"([a-z0-9-]+)"', each)}
    promised &= {cls.code for cls in docs.refusals()}
    page = (root / "web/shared/i18n/refusals" / f"refusals.{language}.ts").read_text()
    words = re.findall(r"^  '?([a-z][a-z0-9-]*)'?:", page, re.M)
    assert len(promised) > 100
    assert set(words) == promised
    assert words == sorted(words)
