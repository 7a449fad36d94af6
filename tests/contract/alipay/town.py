"""A shop with an app, a buyer with money, and a writer who gets royalties."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.core.tender import mandates
from sycee.doors.alipay import gateway, protocol, seed, signature, users
from sycee.doors.alipay.keyring import Keyring, open_keyring, read_app_key
from sycee.doors.alipay.methods.table import TABLE
from sycee.doors.alipay.methods.words import BEIJING
from sycee.kit.clock import micros
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database, Tx

MONEY_MINOR = 1_000_000
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""When a home's keys are made: before any test's clock."""

_private_key = cache(signature.load_private)  # whose checks cost more than a request does
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Town:
    """Who lives here, and the address of the gateway."""

    database: Database
    keyring: Keyring
    shop: UUID
    buyer: UUID
    writer: UUID
    writer_id: str
    keys: dict[str, Any]
    base_url: str

    def paycode(self, ceiling_minor: int = MONEY_MINOR, **given: Any) -> str:
        """A fresh pay code of the buyer's."""
        with self.database.transaction() as tx:
            account = parties.account(tx, self.buyer, "wallet", "CNY")
            expires_at = tx.now + timedelta(minutes=given.get("minutes", 10))
            code = mandates.issue(
                tx, self.buyer, account, ceiling_minor, "CNY", None, expires_at
            ).code
        assert code is not None
        return code

    def balance(self, party: UUID) -> int:
        """What a party has, in minor units."""
        code = "merchant" if party == self.shop else "wallet"
        with self.database.transaction() as tx:
            account = parties.account(tx, party, code, "CNY")
            return accounts.read(tx, [account])[account].available

    def balances(self) -> tuple[int, int, int]:
        """Of the buyer, the shop and the writer."""
        return self.balance(self.buyer), self.balance(self.shop), self.balance(self.writer)

    def signed(self, method: str, content: object, **given: Any) -> dict[str, bytes]:
        """The parameters of a request, signed as a careful shop signs them."""
        charset = given.pop("charset", "utf-8")
        key = _private_key(given.pop("key", self.keys["app_private_key"]))
        wall = given.pop("at", self.database.clock.now()).astimezone(BEIJING)
        values = {
            "app_id": self.keys["app_id"],
            "method": method,
            "format": "JSON",
            "charset": charset,
            "sign_type": "RSA2",
            "timestamp": wall.strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "biz_content": content if isinstance(content, str) else json.dumps(content),
            **given,
        }
        raw = {name: str(value).encode(charset) for name, value in values.items()}
        (signed, *_) = protocol.signed_contents(raw)
        raw["sign"] = signature.sign(key, signed, values["sign_type"]).encode()
        return raw

    def call(self, web: httpx2.Client, method: str, content: object, **given: Any) -> Any:
        """The node of the answer to a signed request, its signature checked."""
        raw = self.signed(method, content, **given)
        answer = web.post(f"{self.base_url}/gateway.do", content=urlencode(raw), headers=FORM)
        return self.node(answer, given.get("charset", "utf-8"), given.get("sign_type", "RSA2"))

    def ask(self, method: str, content: object, **given: Any) -> dict[str, Any]:
        """The node of the answer to a request, without HTTP between."""
        raw = urlencode(self.signed(method, content, **given)).encode()
        gate = gateway.Gate(self.database, self.keyring, self.base_url)
        whole = json.loads(gateway.answer(gate, TABLE, b"", raw).body.decode("utf-8"))
        return whole[next(iter(whole))]

    def node(self, answer: httpx2.Response, charset: str = "utf-8", sign_type: str = "RSA2") -> Any:
        """The node of an answer, whose bytes must be what was signed."""
        assert answer.status_code == 200, answer.text
        text = answer.content.decode(charset)
        whole = json.loads(text)
        name = next(iter(whole))
        if "sign" in whole:
            node = text[text.index("{", 1) : text.rindex("}", 0, text.rindex('"sign"')) + 1]
            public_key = signature.load_public(self.keys["alipay_public_key"])
            assert signature.verify(public_key, node.encode(charset), whole["sign"], sign_type)
        return whole[name]

    def run(self, action: Callable[[Tx], Any]) -> Any:
        """Something done in the house itself, not through the gateway."""
        with self.database.transaction() as tx:
            return action(tx)


@cache
def _keyring(home: Path) -> Keyring:
    return open_keyring(home, FIRST_DAY)


def settle(database: Database, base_url: str, home: Path) -> Town:
    """A shop with an app, a buyer with money, and a writer who gets royalties."""
    keyring = _keyring(home)
    with database.transaction(timeout_ms=5_000) as tx:
        bank = accounts.open_house(tx, "bank", "CNY")
        accounts.open_house(tx, "fees", "CNY")
        shop = parties.create(tx, NewParty(kind=Kind.MERCHANT, display_name="元宝书店")).id
        buyer = parties.create(tx, NewParty(kind=Kind.PERSON, display_name="Ada")).id
        writer = parties.create(tx, NewParty(kind=Kind.PERSON, display_name="Ben")).id
        for party, code in ((shop, "merchant"), (buyer, "wallet"), (writer, "wallet")):
            purse = parties.account(tx, party, code, "CNY")
            if party == buyer:
                made = uuid7(micros(tx.now) // 1_000)
                money = Transfer(made, bank, purse, MONEY_MINOR, code="deposit.demo")
                post_all(tx, [money])
        writer_id = users.claim(tx, writer)
    app_id = f"2021{secrets.randbelow(10**12):012d}"
    made = read_app_key(keyring, seed.DEMO_APP)
    assert made is not None, "the home was made with a demo shop's key"
    for suffix, text in (("pem", made.private_key), ("crt", made.certificate)):
        (keyring.folder / "apps" / f"{app_id}.{suffix}").write_text(text)
    keys = asdict(seed.seed_app(database, keyring, shop, buyer, app_id))
    keys["gateway"] = f"{base_url}/gateway.do"
    return Town(database, keyring, shop, buyer, writer, writer_id, keys, base_url)
