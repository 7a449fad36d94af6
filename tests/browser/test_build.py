"""The built app is made from the sources that are here, and small enough for a phone."""

from __future__ import annotations

import gzip
import re

from sycee.doors.web import building
from sycee.doors.web.static import STATIC

FIRST_LOAD_KB = 60


def test_the_sources_are_sound_and_what_is_built_is_made_from_them() -> None:
    """Types, texts in three languages and accessibility warnings: svelte-check refuses any."""
    module = building.builder()
    assert module is not None
    module.install()
    module.npm("run", "--silent", "types")
    module.npm("run", "--silent", "check")
    assert module.fresh(), "run `./sycee web build`"


def test_the_wallets_first_load_is_small() -> None:
    """All that the page needs before it shows: its script, what that imports, and one language."""
    page = (STATIC / "wallet" / "index.html").read_text()
    wanted = set(re.findall(r'/(assets/[\w.-]+\.js)"', page))
    seen: set[str] = set()
    while wanted - seen:
        name = (wanted - seen).pop()
        seen.add(name)
        text = (STATIC / name).read_text()
        wanted |= {f"assets/{each}" for each in re.findall(r'from\s*"\./([\w.-]+\.js)"', text)}
    named = {each for name in seen for each in re.findall(r"assets/zh-[\w-]+\.js|\./zh-[\w-]+\.js",
             (STATIC / name).read_text())}  # fmt: skip
    texts = {f"assets/{each.rpartition('/')[2]}" for each in named}
    assert texts, "the texts of one language are part of it"
    size = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in seen | texts)
    assert size <= FIRST_LOAD_KB * 1024, f"{size / 1024:.1f} KB of {sorted(seen)}"
