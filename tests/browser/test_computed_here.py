"""What the browser computes by itself agrees with the house: shares of envelopes, proofs, money.

The modules run in the Node that builds them, on cases that are made anew in each run.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.doors.web import building
from sycee.oversight.transparency.model import merkle
from sycee.products.envelopes.model import shares

WEB = Path(__file__).parents[2] / "web"


def node(script: str, given: Any) -> Any:
    """What a module's script prints, as JSON; `given` is its input."""
    module = building.builder()
    assert module is not None
    said = f"const given = {json.dumps(given)}\n{script}"
    found = subprocess.run(
        [module.node(), "--input-type=module", "--eval", said],
        cwd=WEB, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def test_envelopes_fall_in_the_browser_as_they_fall_in_the_house() -> None:
    cases = []
    for kind in shares.Kind:
        for amount, count in ((88, 1), (100, 18), (18, 18), (2**53, 7), (12_345, 100)):
            seed, envelope = secrets.token_bytes(32), uuid4()
            cases.append((seed, envelope, kind, amount, count))
    given = [proof(*case) for case in cases]
    lies = [dict(given[1], commitment="00" * 32), dict(given[4], claims=[[0, 1], [0, 1]])]
    script = """
        import { split, verdict } from './wallet/fairness.ts'
        const bytes = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16))
        const rows = []
        for (const each of given.fair)
          rows.push([await split(bytes(each.seed), each.kind, each.amount_minor, each.shares),
            await verdict(each)])
        const lies = []
        for (const each of given.lies) lies.push(await verdict(each))
        console.log(JSON.stringify({ rows, lies }))
    """
    found = node(script, {"fair": given, "lies": lies})
    for (seed, _, kind, amount, count), (fell, verdict) in zip(cases, found["rows"], strict=True):
        assert (fell, verdict) == (shares.split(seed, kind, amount, count), "fair")
    assert found["lies"] == ["commitment", "claims"]


def proof(
    seed: bytes, envelope: UUID, kind: shares.Kind, amount: int, count: int
) -> dict[str, Any]:
    fell = shares.split(seed, kind, amount, count)
    promised = shares.commitment(seed, envelope, kind, amount, "CNY", count)
    return {
        "envelope_hex": envelope.hex,
        "kind": str(kind),
        "amount_minor": amount,
        "currency": "CNY",
        "shares": count,
        "commitment": promised.hex(),
        "seed": seed.hex(),
        "claims": [[place, minor] for place, minor in enumerate(fell)],
    }


def test_a_row_is_found_in_the_signed_log_and_a_changed_one_is_not() -> None:
    texts, salts = (
        [f'{{"row":{n}}}' for n in range(21)],
        [secrets.token_bytes(32) for _ in range(21)],
    )
    leaves = [
        hashlib.sha256(b"\x00" + hmac.digest(salt, text.encode(), "sha256")).digest()
        for text, salt in zip(texts, salts, strict=True)
    ]
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes_raw()
    name = "log.example"
    mark = hashlib.sha256(f"{name}\n".encode() + b"\x01" + raw).digest()[:4]
    text = f"{name}\n{len(leaves)}\n{b64encode(merkle.root(leaves)).decode()}\n"
    signature = b64encode(mark + key.sign(text.encode())).decode()
    public = b64encode(b"\x01" + raw).decode()
    given = {
        # A line of another kind by the same name comes first: C2SP has verifiers pass it over.
        "note": f"{text}\n— {name} {b64encode(bytes(2_432)).decode()}\n— {name} {signature}\n",
        "key": f"{name}+{mark.hex()}+{public}",
        "rows": [
            {
                "canonical": texts[n],
                "salt": b64encode(salts[n]).decode(),
                "index": n,
                "proof": [b64encode(each).decode() for each in merkle.inclusion_proof(leaves, n)],
            }
            for n in range(len(leaves))
        ],
    }
    script = """
        import { included, opened } from './shared/proof.ts'
        const checkpoint = await opened(given.note, given.key)
        const right = [], changed = [], moved = []
        const before = await included({ ...given.rows[0], index: -1 }, checkpoint)
        for (const row of given.rows) {
          right.push(await included(row, checkpoint))
          changed.push(await included({ ...row, canonical: row.canonical + ' ' }, checkpoint))
          const index = (row.index + 1) % given.rows.length
          moved.push(await included({ ...row, index }, checkpoint))
        }
        const other = given.note.replace('\\n21\\n', '\\n22\\n')
        const forged = (await opened(other, given.key)) === undefined
        console.log(JSON.stringify({ right, changed, moved, before, forged }))
    """
    found = node(script, given)
    assert all(found["right"])
    assert not any(found["changed"])
    assert not any(found["moved"])
    assert found["before"] is False
    assert found["forged"] is True


AMOUNTS: dict[str, dict[str, int | None]] = {
    "en-GB CNY": {
        "12.34": 1_234, "12,34": 1_234, "1,234.5": 123_450, "1.234,5": 123_450, "1234": 123_400,
        "0.1": 10, ".5": 50, "90071992547409.91": 9_007_199_254_740_991, "1,234": 123_400,
        "12.345.678": 1_234_567_800, "1 234.50": 123_450, "12.": 1_200, "12.345": None,
        "1.234": None, "1234,567": None, "12,34,567": None, "1,234,5": None, "1,2.34": None,
        "1.2,345.6": None, "1,234.567.8": None, "90071992547409.92": None, ".": None, "": None,
        "abc": None, "-1": None, "1e3": None,
    },
    "zh-CN CNY": {"12.345": None, "1,234": 123_400, "12.5": 1_250},
    "de-DE EUR": {"12,345": None, "12.345": 1_234_500, "12.5": 1_250, "1.234,56": 123_456},
    "en-GB JPY": {"1,234": 1_234, "1.234": None, "12.3": None, "12": 12},
    "en-GB KWD": {"1.234": 1_234, "1,234": 1_234_000, "1234.5": 1_234_500},
    "de-DE KWD": {"1.234": 1_234_000, "1,234": 1_234},
}  # fmt: skip
"""What is typed, by the reader's language and the currency, and the minor units it is read as."""


@pytest.mark.parametrize("place", AMOUNTS)
def test_amounts_are_read_as_people_type_them_and_never_rounded(place: str) -> None:
    locale, currency = place.split()
    cases = AMOUNTS[place]
    script = """
        import { decimal, parse, shares, typed } from './shared/money.ts'
        const read = given.texts.map((text) => parse(text, given.currency, given.locale))
        const again = (minor) =>
          minor === null ? null : parse(typed(minor, given.currency, given.locale), given.currency,
            given.locale)
        console.log(JSON.stringify({
          read,
          again: read.map(again),
          told: [decimal(5, 'CNY'), decimal(-1234, 'CNY'), decimal(9007199254740991, 'CNY')],
          parts: shares(100, 3),
        }))
    """
    found = node(script, {"texts": list(cases), "currency": currency, "locale": locale})
    assert dict(zip(cases, found["read"], strict=True)) == cases
    assert found["again"] == found["read"]
    assert found["told"] == ["0.05", "-12.34", "90071992547409.91"]
    assert found["parts"] == [34, 33, 33]
