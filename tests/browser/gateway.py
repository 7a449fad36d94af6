"""The demo shop's own software, as the gateway hears it: signed requests of its app."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx2
from tests.browser.conftest import Town, ask

from sycee.doors.alipay import protocol, signature
from sycee.doors.alipay.keyring import open_keyring, read_app_key
from sycee.doors.alipay.methods.words import BEIJING
from sycee.doors.alipay.seed import DEMO_APP

FORM = {"content-type": "application/x-www-form-urlencoded"}


def ask_gateway(town: Town, method: str, content: dict[str, str], **given: str) -> httpx2.Response:
    """The gateway's answer to a method, signed with the key that the town's home keeps."""
    made = read_app_key(open_keyring(town.home, datetime.now(UTC)), DEMO_APP)
    assert made is not None
    values = {
        "app_id": DEMO_APP,
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": datetime.now(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "version": "1.0",
        "biz_content": json.dumps(content),
        **given,
    }
    raw = {name: value.encode() for name, value in values.items()}
    signed = next(iter(protocol.signed_contents(raw)))
    key = signature.load_private(made.private_key)
    raw["sign"] = signature.sign(key, signed, "RSA2").encode()
    return ask("POST", f"{town.address}/gateway.do", content=urlencode(raw), headers=FORM)
