"""The picture of lanes under load is drawn from the figures that lie beside it."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bench.lanes import CLIENTS
from bench.plot import drawn

PAGES = Path(__file__).resolve().parents[3] / "docs" / "internals"
SVG = "{http://www.w3.org/2000/svg}"


def test_the_committed_picture_is_the_one_of_the_committed_figures():
    figures = json.loads((PAGES / "lanes.json").read_text())["figures"]
    assert (PAGES / "lanes.svg").read_text() == drawn(figures)


def test_points_stand_where_their_figures_say():
    figures = {f"lane_per_s_{n}": 10.0 * n for n in CLIENTS}
    figures |= {f"one_tx_per_s_{n}": 400.0 for n in CLIENTS}
    root = ElementTree.fromstring(drawn(figures))
    lane, alone = (
        [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
        for line in root.iter(f"{SVG}polyline")
    )
    steps = [right[0] - left[0] for left, right in pairwise(lane)]
    assert steps == pytest.approx([steps[0]] * (len(CLIENTS) - 1), abs=0.11)
    heights = [y for _, y in lane]
    assert heights == sorted(heights, reverse=True)
    assert len({y for _, y in alone}) == 1
    crossing = next(k for k, n in enumerate(CLIENTS) if 10.0 * n > 400)
    assert lane[crossing][1] < alone[crossing][1] < lane[crossing - 1][1]
    assert math.log2(CLIENTS[-1]) == len(CLIENTS) - 1
