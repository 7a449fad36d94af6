"""Every change leaves a sentence in `changelog.d/`, and the changelog itself keeps its form."""

from __future__ import annotations

import re

KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
NAME = re.compile(rf"changelog\.d/[a-z0-9][a-z0-9-]*\.({'|'.join(KINDS)})\.md$")
VERSION = re.compile(r"^## (Unreleased|\d+\.\d+\.\d+ · \d{4}-\d{2}-\d{2})$")


def malformed(file) -> list[str]:
    """What is wrong with one fragment: its name, its length, or its form."""
    found = []
    if not NAME.match(file.path):
        found.append(f"{file.path} should be called SUBJECT.KIND.md, KIND one of {KINDS}")
    text = file.text.strip()
    if not text or not text[0].isupper() or not text.endswith("."):
        found.append(f"{file.path} should be sentences, from a capital letter to a full stop")
    if len(text) > 600 or "\n\n" in text or re.search(r"^(#|[-*] )", text, re.M):
        found.append(f"{file.path} should be one paragraph of at most 600 characters")
    return found


def wrong_versions(file) -> list[str]:
    """Headings of the changelog that are neither Unreleased nor a version with its day."""
    headings = [line for line in file.text.splitlines() if line.startswith("## ")]
    found = [f"{file.path}: {line}" for line in headings if not VERSION.match(line)]
    if headings[:1] != ["## Unreleased"]:
        found.append(f"{file.path} should begin with what is unreleased")
    return found


def test_every_fragment_is_a_sentence_of_a_known_kind(files):
    fragments = [
        file for file in files if file.path.startswith("changelog.d/") and file.name != "README.md"
    ]
    complaints = [bad for file in fragments for bad in malformed(file)]
    assert complaints == [], "\n".join(complaints)


def test_the_changelog_keeps_its_form(files):
    changelog = [file for file in files if file.path == "CHANGELOG.md"]
    assert len(changelog) == 1
    assert wrong_versions(changelog[0]) == []


def test_malformed_fragments_and_versions_are_found(sample):
    good = sample("The teapot pours.", "changelog.d/teapot.added.md")
    assert malformed(good) == []
    assert malformed(sample("The teapot pours.", "changelog.d/teapot.md")) != []
    assert malformed(sample("The teapot pours.", "changelog.d/teapot.nice.md")) != []
    assert malformed(sample("the teapot pours", "changelog.d/teapot.added.md")) != []
    assert malformed(sample("# Teapot\nPours.", "changelog.d/teapot.added.md")) != []
    assert malformed(sample("", "changelog.d/teapot.added.md")) != []
    assert wrong_versions(sample("## 0.1\n", "CHANGELOG.md")) != []
    assert wrong_versions(sample("## 0.1.0 · 2026-11-23\n", "CHANGELOG.md")) != []
    assert wrong_versions(sample("## Unreleased\n## 0.1.0 · 2026-11-23\n", "CHANGELOG.md")) == []
