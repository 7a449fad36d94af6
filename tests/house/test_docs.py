"""The documentation holds together: every block is marked, every link leads somewhere."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path

import pytest
from tests.house.pages import FENCE, Block, blocks

LINK = re.compile(r"(?<!\!)\[[^\]\n]+\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
COMMAND = re.compile(r"\./sycee ([a-z]+)(?: ([a-z]+)\b)?")
HEADING = re.compile(r"^##+ sycee ([a-z -]+)$", re.M)
MARKS = {
    "sh": ("run", "checked"),
    "python": ("run", "checked"),
    "sql": ("run",),
    "json": ("sample",),
    "http": ("sample",),
    "text": ("sample", "output", "usage"),
}
ADR = ("## Context", "## Decision", "## Consequences", "## Alternatives")
MIRRORED = ("CHANGELOG.md", "changelog.d/")


def unmarked(file) -> list[str]:
    """Blocks whose first line does not say how they are kept true."""
    return [
        f"{block.place} is marked {block.language!r} {block.mark!r}"
        for block in blocks(file)
        if block.mark not in MARKS.get(block.language, ())
    ]


def unchecked(block: Block, root: Path) -> list[str]:
    """A complaint unless a block marked `checked` names a test that exists."""
    path, _, name = block.rest.partition("::")
    test = root / path
    if not name or not test.is_file() or f"def {name}(" not in test.read_text():
        return [f"{block.place} is checked by {block.rest!r}, which is no test"]
    return []


def broken_samples(file) -> list[str]:
    """JSON samples that are not JSON."""
    found = []
    for block in blocks(file):
        if block.language == "json":
            try:
                json.loads(block.text)
            except ValueError as error:
                found.append(f"{block.place} is not JSON: {error}")
    return found


def within(file, target: str) -> str:
    """A link's target as a path from the project's folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file.path), target))


def links(file) -> list[str]:
    """The targets of a page's links inside the project, from the project's folder."""
    found = []
    for match in LINK.finditer(FENCE.sub("", file.text)):
        target = (match[1] or match[2] or match[3]).partition("#")[0]
        if target and "://" not in target and not target.startswith("mailto:"):
            found.append(within(file, target))
    return found


def anchors(file) -> set[str]:
    """The names that a page's headings can be reached by."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", file.text), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def lost_anchors(file, by_path) -> list[str]:
    """Links to a heading that the page they lead to does not have."""
    found = []
    for match in LINK.finditer(FENCE.sub("", file.text)):
        target, _, anchor = (match[1] or match[2] or match[3]).partition("#")
        page = by_path.get(within(file, target) if target else file.path)
        if anchor and page is not None and anchor not in anchors(page):
            found.append(f"{file.path}: {target}#{anchor}")
    return found


def unknown_commands(file, known: set[str]) -> list[str]:
    """Commands, and commands of commands, that the terminal door does not have."""
    groups = {name.partition(" ")[0] for name in known if " " in name}
    used = COMMAND.findall(file.text)
    return [
        f"{file.path}: ./sycee {one} {two}".rstrip()
        for one, two in used
        if one not in known or (two and one in groups and f"{one} {two}" not in known)
    ]


@pytest.fixture(scope="session")
def pages(files):
    return [file for file in files if file.path.endswith(".md")]


@pytest.fixture(scope="session")
def reference(pages):
    return {file.path: file.text for file in pages if file.path.startswith("docs/reference/")}


def test_every_block_says_how_it_is_kept_true(pages):
    complaints = [bad for file in pages for bad in unmarked(file)]
    assert complaints == [], "\n".join(complaints)


def test_every_block_checked_elsewhere_names_its_test(pages, root):
    complaints = [
        bad
        for file in pages
        for block in blocks(file)
        if block.mark == "checked"
        for bad in unchecked(block, root)
    ]
    assert complaints == [], "\n".join(complaints)


def test_every_json_sample_is_json(pages):
    complaints = [bad for file in pages for bad in broken_samples(file)]
    assert complaints == [], "\n".join(complaints)


def test_every_link_leads_somewhere(pages, root):
    complaints = [
        f"{file.path}: {target}"
        for file in pages
        for target in links(file)
        if not (root / target).exists()
    ]
    assert complaints == [], "\n".join(complaints)


def test_every_link_to_a_heading_finds_it(pages):
    by_path = {file.path: file for file in pages}
    complaints = [bad for file in pages for bad in lost_anchors(file, by_path)]
    assert complaints == [], "\n".join(complaints)


def test_every_page_is_reached_from_the_readme(pages):
    by_path = {file.path: file for file in pages}
    reached, waiting = set(), ["README.md"]
    while waiting:
        path = waiting.pop()
        if path in by_path and path not in reached:
            reached.add(path)
            waiting += links(by_path[path])
    lost = [p for p in by_path if p not in reached and not p.startswith(MIRRORED)]
    assert lost == [], "\n".join(lost)


def test_every_command_in_the_pages_exists(pages, reference):
    known = set(HEADING.findall(reference["docs/reference/commands.md"]))
    assert {"up", "test", "doctor", "docs"} <= known
    complaints = [bad for file in pages for bad in unknown_commands(file, known)]
    assert complaints == [], "\n".join(complaints)


def test_every_decision_has_its_four_parts_on_one_page(pages):
    decisions = [
        file for file in pages if re.match(r"docs/decisions/\d{4}-[a-z0-9-]+\.md$", file.path)
    ]
    assert len(decisions) > 0
    assert [f.path for f in decisions if not all(part in f.text for part in ADR)] == []
    assert [f.path for f in decisions if len(f.text.splitlines()) > 90] == []


def test_bad_blocks_links_and_commands_are_found(sample, tmp_path):
    page = "docs/tea.md"
    assert unmarked(sample("```sh\nls\n```\n", page)) != []
    assert unmarked(sample("```\nls\n```\n", page)) != []
    assert unmarked(sample("```sh sample\nls\n```\n", page)) != []
    assert unmarked(sample("- tea\n  ```sh run\n  ls\n  ```\n", page)) == []
    assert broken_samples(sample("```json sample\n{tea}\n```\n", page)) != []
    assert links(sample("[tea](../pot.md#lid)", page)) == ["pot.md"]
    tea = sample("## Hot tea\n[hot](#hot-tea) [cold](tea.md#cold-tea)", page)
    assert lost_anchors(tea, {page: tea}) == ["docs/tea.md: tea.md#cold-tea"]
    known = {"up", "keys", "keys api"}
    assert unknown_commands(sample("`./sycee brew`", page), known) != []
    assert unknown_commands(sample("`./sycee keys tea`", page), known) != []
    assert unknown_commands(sample("`./sycee keys api` or `./sycee up` now", page), known) == []
    (tmp_path / "test_tea.py").write_text("def test_the_tea_is_hot(): ...\n")
    named = Block(page, 1, "sh", "checked", "test_tea.py::test_the_tea_is_hot", "")
    unnamed = Block(page, 1, "sh", "checked", "test_tea.py::test_the_tea_is_cold", "")
    assert unchecked(named, tmp_path) == []
    assert unchecked(unnamed, tmp_path) != []
