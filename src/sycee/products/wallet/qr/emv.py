"""EMVCo merchant-presented codes, read into named fields and written from them.

Source: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, version 1.1.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from sycee.products.wallet.qr import profiles, tlv
from sycee.products.wallet.qr.reasons import Reason, Unreadable

LENGTH_MAX = 512
"""Characters of an EMVCo code (§3.1); wallets meet longer ones, see `decode.LENGTH_MAX`."""

_REQUIRED = ("52", "53", "58", "59", "60")
_AMOUNT = re.compile(r"(?=.{1,13}\Z)(?:[0-9]+\.?[0-9]*|\.[0-9]+)", re.ASCII)
_RULES = {
    "01": re.compile(r"1[12]"),
    "52": re.compile(r"[0-9]{4}"),
    "53": re.compile(r"[0-9]{3}"),
    "54": _AMOUNT,
    "55": re.compile(r"0[123]"),
    "56": _AMOUNT,
    "57": re.compile(r"(?=.{1,5}\Z)[0-9]+(?:\.[0-9]*)?"),
    "58": re.compile(r"[A-Za-z]{2}"),
}
_NAMES = {
    "52": "category",
    "53": "currency",
    "54": "amount",
    "55": "tip",
    "56": "fee_fixed",
    "57": "fee_percent",
    "58": "country",
    "59": "name",
    "60": "city",
    "61": "postal_code",
}
_TIP = {"01": "prompt", "02": "fixed", "03": "percent"}
_ADDITIONAL = {
    "01": "bill_number",
    "02": "mobile_number",
    "03": "store_label",
    "04": "loyalty_number",
    "05": "reference_label",
    "06": "customer_label",
    "07": "terminal_label",
    "08": "purpose",
    "09": "consumer_data_request",
    "10": "merchant_tax_id",
    "11": "merchant_channel",
}
_LANGUAGE = {"00": "language", "01": "name", "02": "city"}
_SCHEMES = (
    (2, 4, "visa"),
    (4, 6, "mastercard"),
    (6, 9, "emvco"),
    (9, 11, "discover"),
    (11, 13, "amex"),
    (13, 15, "jcb"),
    (15, 17, "unionpay"),
    (17, 26, "emvco"),
)
_PRIMITIVE = {
    f"{number:02d}": scheme for low, high, scheme in _SCHEMES for number in range(low, high)
}
_ROOM = {
    **dict.fromkeys(_PRIMITIVE, "primitive"),
    **{f"{number:02d}": "template" for number in range(26, 52)},
    **{f"{number:02d}": "unreserved" for number in range(80, 100)},
}
"""What a root tag holds beside the named fields (§4.5: 02-25, 26-51, 80-99)."""


def decode(text: str) -> tuple[str, dict[str, Any]]:
    """`(profile, fields)` of a merchant-presented code; raises `Unreadable`.

    The checksum is tested first: a code that was damaged says so, whatever else broke.
    """
    if text[-8:-4] == tlv.CRC_TAG and tlv.crc(text[:-4]) != text[-4:].upper():
        raise Unreadable(Reason.BAD_CRC, "63")
    root = tlv.parse(text)
    if next(iter(root)) != "00":
        raise Unreadable(Reason.BAD_FIELD, "00")
    if next(reversed(root)) != "63" or len(root["63"]) != 4:
        raise Unreadable(Reason.MISSING_FIELD, "63")
    for tag, rule in _RULES.items():
        value = root.get(tag)
        if value is not None and rule.fullmatch(value) is None:
            raise Unreadable(Reason.BAD_FIELD, tag)
    accounts, profile = _accounts(root)
    if root["00"] not in (profile.formats if profile else profiles.FORMATS):
        raise Unreadable(Reason.BAD_FIELD, "00")
    may_lack = profile.may_lack if profile else frozenset()
    for tag in _REQUIRED:
        if tag not in root and tag not in may_lack:
            raise Unreadable(Reason.MISSING_FIELD, tag)
    if not accounts:
        raise Unreadable(Reason.MISSING_FIELD, "26")
    fields = _named(root, accounts)
    if profile is None:
        return "EMVCo MPM", fields
    _check(root, profile)
    if profile.md5:
        digest = hashlib.md5(text.encode(), usedforsecurity=False)
        fields["md5"] = digest.hexdigest()
    return profile.name, fields


def _check(root: dict[str, str], profile: profiles.Profile) -> None:
    """What the profile's own standard asks beyond EMVCo's."""
    if profile.currencies and root["53"] not in profile.currencies:
        raise Unreadable(Reason.BAD_FIELD, "53")
    for place, longest in profile.longest.items():
        tag, _, within = place.partition(".")
        value = root.get(tag, "")
        if within:
            value = tlv.parse(value, tag + ".").get(within, "")
        if len(value) > longest:
            raise Unreadable(Reason.BAD_FIELD, place)


def _accounts(root: dict[str, str]) -> tuple[list[dict[str, Any]], profiles.Profile | None]:
    """The merchant's accounts in order, and the first national profile among them."""
    found: list[dict[str, Any]] = []
    first: profiles.Profile | None = None
    country = root.get("58", "").upper()
    for tag, value in root.items():
        room = _ROOM.get(tag)
        if room == "primitive":
            found.append({"tag": tag, "scheme": _PRIMITIVE[tag], "id": value})
        elif room == "template":
            template = tlv.parse(value, tag + ".")
            profile = profiles.find(tag, template, country)
            account: dict[str, Any] = {"tag": tag, "scheme": profile.key if profile else "other"}
            account["guid"] = template.get("00", "")
            found.append(account | _account(tag, template, profile))
            first = first or profile
    return found, first


def _account(
    tag: str, template: dict[str, str], profile: profiles.Profile | None
) -> dict[str, Any]:
    """The template's own fields by the profile's names; a template within it likewise."""
    names = profile.fields if profile else {}
    within = profile.within if profile else {}
    fields: dict[str, Any] = {}
    for sub, content in template.items():
        if sub in within:
            inner = tlv.parse(content, f"{tag}.{sub}.")
            fields[names[sub]] = _renamed(inner, within[sub])
        elif sub in names:
            fields[names[sub]] = content
        elif sub != "00":
            fields[sub] = content
    return fields


def _named(root: dict[str, str], accounts: list[dict[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "initiation": "dynamic" if root.get("01") == "12" else "static",
        "accounts": accounts,
    }
    for tag, value in root.items():
        name = _NAMES.get(tag)
        if name is not None:
            fields[name] = _TIP[value] if tag == "55" else value
        elif tag == "62":
            fields["additional"] = _renamed(tlv.parse(value, "62."), _ADDITIONAL)
        elif tag == "64":
            fields["local"] = _renamed(tlv.parse(value, "64."), _LANGUAGE)
        elif tag >= "65":
            fields.setdefault("other", {})[tag] = _unreserved(tag, value)
    return fields


def _unreserved(tag: str, value: str) -> dict[str, str] | str:
    """A field from 65 on: a template where it reads as one, by the names of its profile."""
    try:
        template = tlv.parse(value)
    except Unreadable:
        return value
    profile = profiles.of_guid(template.get("00", "")) if _ROOM.get(tag) else None
    return _renamed(template, profile.unreserved) if profile else template


def _renamed(template: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    return {names.get(tag, tag): value for tag, value in template.items()}


def encode(
    *,
    accounts: dict[str, dict[str, str] | str],
    currency: str,
    country: str,
    name: str,
    city: str,
    category: str = "0000",
    amount: str | None = None,
    dynamic: bool = False,
    additional: dict[str, str] | None = None,
    more: dict[str, dict[str, str] | str] | None = None,
) -> str:
    """A merchant-presented code with its checksum.

    `accounts` and `more` map a root tag to its text or its template; `currency` is ISO 4217's
    number ("156"), `amount` a decimal in major units, `additional` maps tags of template 62. Raises
    `ValueError` for what the specification cannot carry.
    """
    root: dict[str, str] = {"00": "01", "01": "12" if dynamic else "11"}
    root |= {tag: _written(value) for tag, value in sorted(accounts.items())}
    root |= {"52": category, "53": currency, "54": amount or "", "58": country}
    root |= {"59": name, "60": city, "62": _written(additional or {})}
    root |= {tag: _written(value) for tag, value in sorted((more or {}).items())}
    if len(name) > 25 or len(city) > 15:
        raise ValueError("a name has at most 25 characters and a city 15")
    text = tlv.write(root) + tlv.CRC_TAG
    if len(text) + 4 > LENGTH_MAX:
        raise ValueError(f"the code would be longer than {LENGTH_MAX} characters")
    text += tlv.crc(text)
    try:
        decode(text)
    except Unreadable as broken:
        raise ValueError(f"field {broken.place}: {broken.reason}") from None
    return text


def _written(value: dict[str, str] | str) -> str:
    return value if isinstance(value, str) else tlv.write(value)
