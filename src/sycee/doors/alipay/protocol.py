"""The protocol's grammar, without I/O: parameters, charsets, what is signed, what is fresh.

Source: the open platform's pages on request parameters and self-made signatures. Parameters are
kept as the bytes that were sent, because a signature is over bytes: a GBK shop signs GBK.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

from sycee.doors.alipay.faults import public
from sycee.kit.members import MemberTwice, once

MAX_BODY_BYTES = 1_048_576
MAX_PARAMETERS = 100
MAX_DEPTH = 16
FRESH_FOR = timedelta(minutes=15)
"""How far a timestamp may be from the gateway's clock, on either side."""

CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gbk", "gb2312": "gbk"}
SIGN_TYPES = ("RSA2", "RSA")

_NAME = re.compile(rb"[A-Za-z0-9_.\-]{1,64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One request as sent: its parameters as bytes, and the charset they are written in."""

    raw: Mapping[str, bytes]
    charset: str

    def text(self, name: str) -> str:
        """A parameter as text, "" when absent; not decodable is `isv.invalid-charset`."""
        try:
            return self.raw.get(name, b"").decode(self.charset)
        except UnicodeDecodeError:
            raise public("isv.invalid-charset", name) from None


def read_parameters(*parts: bytes) -> dict[str, bytes]:
    """Query string and form body together: name → value with the percent-encoding taken off.

    A name may stand once in each with the same value: the PHP client's page form has `charset` in
    its address too. Any other repetition is refused: who signs and who reads must see one value.
    """
    found: dict[str, bytes] = {}
    for part in parts:
        before = dict(found)
        for pair in part.split(b"&"):
            if not pair:
                continue
            name, _, value = pair.partition(b"=")
            name = unquote_to_bytes(name.replace(b"+", b" "))
            if not _NAME.fullmatch(name):
                raise public("isv.invalid-parameter", "参数名")
            key = name.decode()
            said = unquote_to_bytes(value.replace(b"+", b" "))
            if before.pop(key, None) == said:
                continue
            if key in found or len(found) >= MAX_PARAMETERS:
                raise public("isv.invalid-parameter", f"{key} 重复或参数过多")
            found[key] = said
    return found


def open_envelope(raw: Mapping[str, bytes]) -> Envelope:
    """The envelope of `raw`, or a fault for the first thing that it lacks or has wrong."""
    charset = CHARSETS.get(raw.get("charset", b"").decode("ascii", "replace").lower())
    if charset is None:
        raise public("isv.invalid-charset", "支持 UTF-8 与 GBK")
    envelope = Envelope(raw, charset)
    for name, missing in (
        ("app_id", "isv.missing-app-id"),
        ("method", "isv.missing-method"),
        ("sign_type", "isv.missing-signature-type"),
        ("sign", "isv.missing-signature"),
        ("timestamp", "isv.missing-timestamp"),
        ("version", "isv.missing-version"),
    ):
        if not envelope.text(name):
            raise public(missing)
    if envelope.text("sign_type") not in SIGN_TYPES:
        raise public("isv.invalid-signature-type", "支持 RSA2 与 RSA")
    if envelope.text("format").lower() not in ("", "json"):
        raise public("isv.invalid-format", "只支持 JSON")
    if envelope.text("version") != "1.0":
        raise public("isv.invalid-parameter", "version 固定为 1.0")
    return envelope


def signed_contents(raw: Mapping[str, bytes]) -> Iterable[bytes]:
    """The two strings a client may have signed: sorted `name=value` pairs joined by `&`.

    Requests sign everything but `sign`, `sign_type` included. The manual leaves empty values out;
    some public clients keep them, so both readings are tried. An empty value means nothing here.
    """
    yield _join(raw, {"sign"}, keep_empty=False)
    if not all(raw.values()):
        yield _join(raw, {"sign"}, keep_empty=True)


def notice_content(values: Mapping[str, str], charset: str) -> bytes:
    """What the gateway signs in a notice or a return link: neither `sign` nor `sign_type`."""
    raw = {name: value.encode(charset, "replace") for name, value in values.items()}
    return _join(raw, {"sign", "sign_type"}, keep_empty=True)


def _join(raw: Mapping[str, bytes], without: set[str], *, keep_empty: bool) -> bytes:
    return b"&".join(
        name.encode() + b"=" + raw[name]
        for name in sorted(raw)
        if name not in without and (keep_empty or raw[name])
    )


def check_fresh(timestamp: str, now: datetime, zones: Iterable[str]) -> datetime:
    """The instant that `timestamp` names, or `isv.invalid-timestamp` when it is stale.

    Clients print their machine's wall clock and no zone, so it is read in each of the app's
    `zones` and must lie within fifteen minutes of `now` in one of them. Where a clock is put back,
    it shows an hour twice, and either is meant.
    """
    if not _MOMENT.fullmatch(timestamp):
        raise public("isv.invalid-timestamp", "格式为 yyyy-MM-dd HH:mm:ss")
    try:
        wall = datetime.fromisoformat(timestamp)
    except ValueError:
        raise public("isv.invalid-timestamp", "没有这个时刻") from None
    for zone, fold in product(zones, (0, 1)):
        moment = wall.replace(tzinfo=ZoneInfo(zone), fold=fold)
        if abs(moment - now) <= FRESH_FOR:
            return moment.astimezone(UTC)
    raise public("isv.invalid-timestamp", "与网关时间相差超过十五分钟")


def business_content(envelope: Envelope) -> dict[str, Any]:
    """`biz_content` as a JSON object. Numbers stay the text they were sent as: never a float."""
    text = envelope.text("biz_content")
    if not text:
        return {}
    try:
        content = read_json(text)
    except (ValueError, RecursionError):
        raise public("isv.illegal-json") from None
    if not isinstance(content, dict) or _depth(content) > MAX_DEPTH:
        raise public("isv.illegal-json", "须为一个对象")
    return content


def read_json(text: str) -> Any:
    """JSON whose numbers stay text; raises `isv.illegal-json` for a name that stands twice."""
    try:
        return json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=once,
        )
    except MemberTwice as twice:
        raise public("isv.illegal-json", f"{twice.name} 重复") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _depth(value: object) -> int:
    """How deeply lists and objects are nested, read level by level."""
    depth, level = 0, [value]
    while level:
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        depth, level = depth + 1, inner
        if depth > MAX_DEPTH:
            break
    return depth
