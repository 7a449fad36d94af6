"""`./sycee keys`: what a demo shop's client and a demo resident sign in with."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from cyclopts import App, Parameter

from sycee.core.parties import parties
from sycee.core.parties.model import standing
from sycee.core.tender import mandates
from sycee.doors.alipay import seed, users
from sycee.doors.alipay.endpoints import PATH
from sycee.doors.alipay.keyring import Keyring, open_keyring
from sycee.doors.cli import running, town
from sycee.doors.cli.servers import opened, servers
from sycee.kit.errors import Invalid
from sycee.kit.money import parse_major
from sycee.runtime.db import Database
from sycee.runtime.settings import Settings, SettingsError, load

PAYCODE_LIFE = timedelta(minutes=5)

Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")]

keys = App(name="keys", help="Print what the demo's shop and residents sign in with.")


@keys.command
def alipay(
    *,
    as_json: Json = False,
    certificates: Annotated[
        bool, Parameter(negative=(), help="Also the three certificates of certificate mode.")
    ] = False,
) -> int:
    """Print what an Alipay SDK needs to be the demo's shop, its private key included."""
    settings = load()
    with _house(settings) as (database, keyring):
        found = seed.shop_keys(database, keyring)
    if found is None:
        raise SettingsError("there is no demo shop here: `./sycee up` makes one")
    shown = {"gateway": running.address(settings) + PATH, **asdict(found)}
    if not certificates:
        shown = {name: text for name, text in shown.items() if not name.endswith("_cert")}
    return _print(shown, as_json)


@keys.command
def paycode(
    *,
    of: Annotated[str, Parameter(help="Whose money, by handle.")] = town.BUYER,
    ceiling: Annotated[str, Parameter(help="The most it may take, in yuan.")] = "10000.00",
    as_json: Json = False,
) -> int:
    """Print a fresh pay code of the demo's buyer: good for one payment, for five minutes."""
    try:
        ceiling_minor = parse_major(ceiling, town.CURRENCY, "ceiling")
    except Invalid as refusal:
        raise SettingsError(f"the ceiling {refusal.rule}") from None
    settings = load()
    with _house(settings) as (database, _), database.transaction() as tx:
        buyer = parties.find(tx, of)
        if buyer is None:
            raise SettingsError(f"nobody here is called {of}")
        refusal = standing(buyer, parties.get(tx, buyer).status)
        if refusal is not None:
            raise refusal  # the code could never pay
        account = parties.account(tx, buyer, "wallet", town.CURRENCY)
        expires_at = tx.now + PAYCODE_LIFE
        made = mandates.issue(tx, buyer, account, ceiling_minor, town.CURRENCY, None, expires_at)
        assert made.code is not None, "a pay code comes with its code"
        shown = {
            "auth_code": made.code,
            "buyer_id": users.claim(tx, buyer),
            "expires_at": expires_at.isoformat(timespec="seconds"),
        }
    return _print(shown, as_json)


@keys.command
def api(
    *,
    party: Annotated[str, Parameter(help="Whose key, by handle.")],
    as_json: Json = False,
) -> int:
    """Print the address of `/v1` and the API key of a demo resident."""
    settings = load()
    known = town.credentials(settings.home).get(party)
    if known is None:
        raise SettingsError(f"no demo resident is called {party}: `./sycee up` makes the town")
    return _print({"base_url": running.address(settings), "key": known.key}, as_json)


@contextlib.contextmanager
def _house(settings: Settings) -> Iterator[tuple[Database, Keyring]]:
    with servers(settings) as found, opened(settings, found) as (database, _):
        yield database, open_keyring(settings.home, database.clock.now())


def _print(shown: Mapping[str, str], as_json: bool) -> int:
    if as_json:
        print(json.dumps(shown, ensure_ascii=False))
    else:
        for name, text in shown.items():
            print(f"{name}\n{text}\n" if "\n" in text else f"{name}  {text}")
    return 0
