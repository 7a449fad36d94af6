"""A shop's own apps: what is signed with a key is answered exactly while the key stands."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx2
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.contract.alipay import clients
from tests.contract.alipay.town import FORM, Town

from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.doors.alipay import apps, protocol, signature, store, users
from sycee.doors.alipay.model import user_number
from sycee.doors.alipay.store import apps_of
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.kit.ids import uuid7
from sycee.runtime.db import Tx

ASK = {"out_trade_no": "none-of-that"}
OLD, NEW = signature.generate(), signature.generate()


def pem(key: object) -> str:
    return signature.public_pem(key.public_key())  # pyright: ignore[reportAttributeAccessIssue]


def asked(town: Town, web: httpx2.Client, app_id: str, key: object) -> str:
    private = signature.private_pem(key)  # pyright: ignore[reportArgumentType]
    return town.call(web, "alipay.trade.query", ASK, app_id=app_id, key=private)["sub_code"]


def test_a_shop_makes_changes_and_ends_a_key_of_its_own(town: Town, web: httpx2.Client):
    app = town.run(lambda tx: apps.make(tx, apps.Make(town.shop, pem(OLD))))
    assert asked(town, web, app.app_id, OLD) == "ACQ.TRADE_NOT_EXIST"
    assert asked(town, web, app.app_id, NEW) == "isv.invalid-signature"

    changed = town.run(lambda tx: apps.rekey(tx, apps.Rekey(town.shop, app.app_id, pem(NEW))))
    assert changed.fingerprint != app.fingerprint
    assert asked(town, web, app.app_id, OLD) == "isv.invalid-signature"
    assert asked(town, web, app.app_id, NEW) == "ACQ.TRADE_NOT_EXIST"

    town.run(lambda tx: apps.end(tx, apps.End(town.shop, app.app_id)))
    assert asked(town, web, app.app_id, NEW) == "isv.invalid-app-id"
    with pytest.raises(NotFound):
        town.run(lambda tx: apps.rekey(tx, apps.Rekey(town.shop, app.app_id, pem(OLD))))
    # The shop's other app, which the town was made with, is as it was.
    assert town.call(web, "alipay.trade.query", ASK)["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_a_shops_own_client_pays_in_certificate_mode(town: Town):
    app = town.run(lambda tx: apps.make(tx, apps.Make(town.shop, pem(OLD))))

    def certified(tx: Tx) -> apps.AlipayCertificates:
        return apps.certify(tx, apps.Certify(town.shop, app.app_id), keyring=town.keyring)

    def asks(given: apps.AlipayCertificates) -> str:
        own = {"app_private_key": signature.private_pem(OLD)} | msgspec.structs.asdict(given)
        client = clients.python("python", {**town.keys, **own})
        try:
            return client("api_alipay_trade_query", out_trade_no="nothing")["sub_code"]
        finally:
            client.close()

    first = town.run(certified)
    assert asks(first) == "ACQ.TRADE_NOT_EXIST"  # the client has checked who answered
    renewed = town.run(certified)
    assert asks(renewed) == "ACQ.TRADE_NOT_EXIST"
    listed = {each.app_id: each.cert_sn for each in town.run(lambda tx: apps_of(tx, town.shop))}
    assert listed[app.app_id] == renewed.app_cert_sn != first.app_cert_sn
    assert asks(first) == "isv.app-cert-not-exist"
    town.run(lambda tx: apps.rekey(tx, apps.Rekey(town.shop, app.app_id, pem(OLD))))
    assert asks(renewed) == "isv.app-cert-not-exist"
    with pytest.raises(NotFound):
        town.run(
            lambda tx: apps.certify(tx, apps.Certify(town.buyer, app.app_id), keyring=town.keyring)
        )


def test_a_shops_clients_may_print_the_clock_of_its_own_zone(town: Town, web: httpx2.Client):
    chile = NewParty(kind=Kind.MERCHANT, display_name="Casa", zone="America/Santiago")
    shop = town.run(lambda tx: parties.create(tx, chile)).id
    app = town.run(lambda tx: apps.make(tx, apps.Make(shop, pem(OLD))))
    given = {"app_id": app.app_id, "key": signature.private_pem(OLD)}
    for zone, expected in (
        ("America/Santiago", "ACQ.TRADE_NOT_EXIST"),
        ("Asia/Shanghai", "ACQ.TRADE_NOT_EXIST"),
        ("UTC", "ACQ.TRADE_NOT_EXIST"),
        ("Asia/Kolkata", "isv.invalid-timestamp"),
    ):
        wall = town.database.clock.now().astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
        answer = town.call(web, "alipay.trade.query", ASK, **given, timestamp=wall)
        assert answer["sub_code"] == expected, zone


def test_a_party_whose_number_is_anothers_has_the_next(slow_town: Town):
    database, (first, second) = slow_town.database, (uuid7(), uuid7())
    slow_town.run(lambda tx: store.claim_user(tx, user_number(first), second))
    assert slow_town.run(lambda tx: users.known(tx, first)) is None
    own = user_number(first, 1)
    assert [users.number(database, first) for _ in range(2)] == [own, own]
    assert slow_town.run(lambda tx: (users.known(tx, first), users.claim(tx, first))) == (own, own)
    assert slow_town.run(lambda tx: store.read_user(tx, user_number(first))) == second
    assert users.number(database, None) == ""


def test_a_shops_own_app_signs_with_the_newer_digest_alone(town: Town, web: httpx2.Client):
    app = town.run(lambda tx: apps.make(tx, apps.Make(town.shop, pem(OLD))))
    given = {"app_id": app.app_id, "key": signature.private_pem(OLD), "sign_type": "RSA"}
    answer = town.call(web, "alipay.trade.query", ASK, **given)
    assert (answer["code"], answer["sub_code"]) == ("40002", "isv.missing-signature-config")


@pytest.mark.parametrize("reading", [0, 1])
def test_an_empty_parameter_may_be_signed_or_left_out(town: Town, web: httpx2.Client, reading: int):
    raw = town.signed("alipay.trade.query", ASK, notify_url="")
    content = list(protocol.signed_contents(raw))[reading]
    key = signature.load_private(str(town.keys["app_private_key"]))
    raw["sign"] = signature.sign(key, content, "RSA2").encode()
    sent = web.post(f"{town.base_url}/gateway.do", content=urlencode(raw), headers=FORM)
    assert town.node(sent)["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_a_shop_has_at_most_twenty_apps_in_use(slow_town: Town):
    def made(tx: Tx) -> apps.AlipayApp:
        return apps.make(tx, apps.Make(slow_town.shop, pem(OLD)))

    last = slow_town.run(lambda tx: [made(tx) for _ in range(apps.MOST - 1)])[-1]
    with pytest.raises(apps.AlipayAppsTooMany):
        slow_town.run(made)
    slow_town.run(lambda tx: apps.end(tx, apps.End(slow_town.shop, last.app_id)))
    assert slow_town.run(made).app_id != last.app_id


def test_only_a_shop_has_apps_and_nobody_touches_anothers(town: Town):
    with pytest.raises(Forbidden):
        town.run(lambda tx: apps.make(tx, apps.Make(town.buyer, pem(OLD))))
    theirs = str(town.keys["app_id"])
    with pytest.raises(NotFound):
        town.run(lambda tx: apps.rekey(tx, apps.Rekey(town.buyer, theirs, pem(OLD))))
    with pytest.raises(NotFound):
        town.run(lambda tx: apps.end(tx, apps.End(town.buyer, theirs)))


@pytest.mark.parametrize("text", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_what_is_no_public_key_is_refused(town: Town, text: str):
    with pytest.raises(Invalid):
        town.run(lambda tx: apps.make(tx, apps.Make(town.shop, text)))


def test_a_key_has_2048_to_4096_bits(slow_town: Town):
    for bits, taken in ((2047, False), (2048, True), (4096, True), (4097, False)):
        public_key = pem(rsa.RSAPublicNumbers(65537, (1 << bits) - 1))
        with nullcontext() if taken else pytest.raises(Invalid):
            slow_town.run(lambda tx, key=public_key: apps.make(tx, apps.Make(slow_town.shop, key)))


def test_what_is_done_to_an_app_is_in_the_journal_and_its_end_once(slow_town: Town, clock):
    shop, made_at = slow_town.shop, clock.now()
    app = slow_town.run(lambda tx: apps.make(tx, apps.Make(shop, pem(OLD))))
    changed = slow_town.run(lambda tx: apps.rekey(tx, apps.Rekey(shop, app.app_id, pem(NEW))))
    assert (app.created_at, changed.created_at) == (made_at, made_at)
    ended = []
    for _ in range(2):
        clock.advance(timedelta(seconds=1))
        ended.append(slow_town.run(lambda tx: apps.end(tx, apps.End(shop, app.app_id))))
    gone = msgspec.structs.replace(changed, disabled_at=made_at + timedelta(seconds=1))
    assert ended == [gone, gone]
    ask = apps.Certify(shop, app.app_id)
    with pytest.raises(NotFound):
        slow_town.run(lambda tx: apps.certify(tx, ask, keyring=slow_town.keyring))
    with slow_town.database.read() as tx:
        rows = tx.conn.execute(
            "SELECT verb, actor, parties, purpose, body FROM journal.entry"
            " WHERE verb ^@ 'alipay-app.' ORDER BY xid, ordinal"
        ).fetchall()
    old, new = ({"app_id": app.app_id, "fingerprint": key.fingerprint} for key in (app, changed))
    done = {"alipay-app.made": old, "alipay-app.rekeyed": new, "alipay-app.ended": new}
    assert rows == [(verb, shop, [shop], "setup", body) for verb, body in done.items()]
