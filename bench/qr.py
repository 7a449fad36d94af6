"""Payment codes: are 10^6 damaged ones read without an exception, and how fast?

One core, one process, no database. The figures:

    decodes_per_s   damaged codes decoded a second (only `decode` is on the clock)
    intact_per_s    the published codes themselves, undamaged, decoded a second
    mutations       how many damaged codes were decoded
    raised          exceptions that left `decode`; anything but 0 is a defect
    read, refused   how many of the damaged codes still said something, and how many did not
    reasons         how many different reasons were given
"""

from __future__ import annotations

import gc
import json
import random
import time
from collections import Counter
from pathlib import Path

from sycee.products.wallet.qr import tlv
from sycee.products.wallet.qr.decode import Decoded, Refused, decode

MUTATIONS = 1_000_000
BATCH = 20_000
SEED = 20_261_126
_VECTORS = Path(__file__).parents[1] / "tests/vectors"
_ALPHABET = "0123456789ABCDEFabcxyz.@:/-+* \n\r\t\0%&=é最\u0663\ud800\U0001f9e7"


def payloads() -> list[str]:
    """The published codes."""
    files = [_VECTORS / name for name in ("qr.json", "qr-more.json")]
    rows = [row for file in files for row in json.loads(file.read_text(encoding="utf-8"))]
    return [row["payload"] for row in rows]


def damaged(payload: str, chance: random.Random) -> str:
    """One to four edits; half of the EMVCo codes get a right checksum, so that more is reached."""
    text = payload
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) or 1)
        kind = chance.random()
        if kind < 0.5:
            text = text[:at] + chance.choice(_ALPHABET) + text[at + 1 :]
        elif kind < 0.7:
            text = text[:at] + text[at + chance.randint(1, 3) :]
        elif kind < 0.9:
            text = text[:at] + chance.choice(_ALPHABET) + text[at:]
        elif kind < 0.95:
            text = text[:at]
        else:
            text = text + text[at:]
    if text.startswith("0002") and "\ud800" not in text and chance.random() < 0.5:
        body = text[:-8] + tlv.CRC_TAG
        text = body + tlv.crc(body)
    return text


def run(database_url: str = "", *, quick: bool = False) -> dict[str, float]:
    """Measure; `quick` changes nothing but how often the undamaged codes are read."""
    chance = random.Random(SEED)
    known = payloads()
    seconds, raised, read = 0.0, 0, 0
    reasons: Counter[str] = Counter()
    gc.freeze()
    for _ in range(MUTATIONS // BATCH):
        batch = [damaged(chance.choice(known), chance) for _ in range(BATCH)]
        started = time.perf_counter()
        outcomes, failed = _decoded(batch)
        seconds += time.perf_counter() - started
        raised += failed
        for outcome in outcomes:
            if isinstance(outcome, Decoded):
                read += 1
            else:
                reasons[outcome.reason] += 1
    return {
        "decodes_per_s": MUTATIONS / seconds,
        "intact_per_s": _intact(known, rounds=200 if quick else 1_000),
        "mutations": MUTATIONS,
        "raised": raised,
        "read": read,
        "refused": sum(reasons.values()),
        "reasons": len(reasons),
    }


def _decoded(batch: list[str]) -> tuple[list[Decoded | Refused], int]:
    outcomes: list[Decoded | Refused] = []
    failed = 0
    for text in batch:
        try:
            outcomes.append(decode(text))
        except Exception:
            failed += 1
    return outcomes, failed


def _intact(known: list[str], rounds: int) -> float:
    started = time.perf_counter()
    for _ in range(rounds):
        for payload in known:
            decode(payload)
    return rounds * len(known) / (time.perf_counter() - started)
