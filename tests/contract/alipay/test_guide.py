"""The guide for shops: its program runs as it stands, and prints what the guide shows."""

from __future__ import annotations

import json
import subprocess

from tests.contract.alipay import clients
from tests.house.pages import blocks
from tests.house.sources import ROOT, Source

GUIDE = "docs/guides/alipay-sdk.md"


def test_the_program_of_the_guide_runs_as_it_stands(town, plain_keys, tmp_path):
    page = blocks(Source(GUIDE, (ROOT / GUIDE).read_text("utf-8")))
    program = "".join(block.text for block in page if block.language == "python")
    shown = "".join(block.text for block in page if block.language == "text")
    (tmp_path / "keys.json").write_text(json.dumps(plain_keys))
    (tmp_path / "paycode.json").write_text(json.dumps({"auth_code": town.paycode()}))
    done = subprocess.run(
        [str(clients.environment("python") / "bin" / "python"), "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown
