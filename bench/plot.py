"""The picture of lanes under load, drawn from the figures of `bench lanes`: plain SVG.

./sycee bench lanes --json > docs/internals/lanes.json
python -m bench.plot docs/internals/lanes.json docs/internals/lanes.svg
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

from bench.lanes import CLIENTS

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 24, 48
WAYS = {"lane": ("by lane", "#b5311f"), "one_tx": ("a transaction each", "#5b6470")}
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#333}"
    ".grid{stroke:#ddd}.axis{stroke:#333}polyline{fill:none;stroke-width:2.5}"
    "@media(prefers-color-scheme:dark){svg{background:#161616}text{fill:#ddd}"
    ".grid{stroke:#3a3a3a}.axis{stroke:#ddd}}"
)


def drawn(figures: dict[str, float]) -> str:
    """Payments a second over the number of clients (a logarithmic axis), as SVG."""
    top = max(figures[f"{way}_per_s_{n}"] for way in WAYS for n in CLIENTS)
    step = 1_000 * max(1, math.ceil(top / 6_000))
    high = step * math.ceil(top / step)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Payments a second by the number of clients</title>",
        f"<style>{STYLE}</style>",
        *_grid(high, step),
    ]
    for way, (label, colour) in WAYS.items():
        points = [(_x(n), _y(figures[f"{way}_per_s_{n}"], high)) for n in CLIENTS]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        parts.append(f'<text x="{x + 10:.1f}" y="{y + 4:.1f}">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _grid(high: int, step: int) -> list[str]:
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for value in range(0, high + 1, step):
        y = _y(value, high)
        sort = "axis" if value == 0 else "grid"
        parts.append(f'<line class="{sort}" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,}</text>')
    for n in CLIENTS:
        x = _x(n)
        parts.append(f'<text x="{x:.1f}" y="{floor + 20}" text-anchor="middle">{n}</text>')
    middle = (LEFT + right) // 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">clients</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 8}" text-anchor="middle">payments/s</text>')
    return parts


def _x(clients: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * math.log2(clients) / math.log2(CLIENTS[-1])


def _y(rate: float, high: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * rate / high


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["figures"]
    Path(sys.argv[2]).write_text(drawn(given), encoding="utf-8")
