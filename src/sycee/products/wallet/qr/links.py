"""Codes that are not EMVCo's: UPI links, EPC credit transfers and Swiss QR-bills, decoded.

Sources: NPCI, UPI Linking Specifications 1.6 · EPC069-12 version 2.1 · SIX, Swiss Implementation
Guidelines QR-bill 2.3.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from stdnum import iso11649

from sycee.products.wallet.bank.iban import check
from sycee.products.wallet.bank.model import IbanInvalid
from sycee.products.wallet.qr.reasons import Reason, Unreadable

_UPI = {
    "pa": "address",
    "pn": "name",
    "mc": "category",
    "tid": "terminal_transaction_id",
    "tr": "reference",
    "tn": "note",
    "am": "amount",
    "mam": "amount_minimum",
    "cu": "currency",
    "url": "url",
    "mode": "mode",
    "orgid": "organisation",
    "sign": "signature",
}
_ADDRESS = re.compile(r"[A-Za-z0-9._-]{1,255}@[A-Za-z0-9.-]{1,64}")
_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?", re.ASCII)
_EPC_AMOUNT = re.compile(r"EUR([0-9]{1,9}(?:\.[0-9]{1,2})?)", re.ASCII)
_SWISS_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,8})\.[0-9]{2}", re.ASCII)
_ADDRESS_MAX = {"S": (1, 70, 70, 16, 16, 35, 2), "K": (1, 70, 70, 70, 0, 0, 2)}
"""The longest each line of a structured and of a combined address may be."""
_RF = re.compile(r"RF[0-9A-Z]{3,23}")
_EPC_CHARSETS = {
    "1": "utf-8",
    "2": "iso8859-1",
    "3": "iso8859-2",
    "4": "iso8859-4",
    "5": "iso8859-5",
    "6": "iso8859-7",
    "7": "iso8859-10",
    "8": "iso8859-15",
}
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_CARRY = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def upi(text: str) -> dict[str, Any]:
    """The parameters of a `upi://pay` link by name; raises `Unreadable`."""
    try:
        link = urlsplit(text)
        pairs = parse_qsl(link.query, keep_blank_values=True, max_num_fields=40, errors="strict")
    except (ValueError, UnicodeError):
        raise Unreadable(Reason.BAD_FIELD, "query") from None
    if (link.netloc or link.path).lower() not in ("pay", "mandate"):
        raise Unreadable(Reason.UNKNOWN_FORMAT, "upi")
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Unreadable(Reason.DUPLICATE_FIELD, "query")
    if _ADDRESS.fullmatch(given.get("pa", "")) is None:
        raise Unreadable(Reason.MISSING_FIELD if "pa" not in given else Reason.BAD_FIELD, "pa")
    for name in ("am", "mam"):
        value = given.get(name)
        if value in ("", "null"):
            del given[name]
        elif value is not None and _DECIMAL.fullmatch(value) is None:
            raise Unreadable(Reason.BAD_FIELD, name)
    if "sign" in given:
        given["sign"] = given["sign"].replace(" ", "+")  # base64, whose plus is read as a blank
    if given.get("cu", "INR") != "INR":
        raise Unreadable(Reason.BAD_FIELD, "cu")
    return {_UPI.get(name, name): value for name, value in given.items()}


def iban(text: str) -> str:
    """An IBAN without spaces, of its country's form and with the right check digits (ISO 13616)."""
    try:
        return check(text)
    except IbanInvalid:
        raise Unreadable(Reason.BAD_IBAN, "iban") from None


def _is_rf(text: str) -> bool:
    """A creditor reference as a machine writes it (ISO 11649): capitals, no spaces."""
    return _RF.fullmatch(text) is not None and iso11649.is_valid(text)


def epc(text: str) -> dict[str, Any]:
    """A SEPA credit transfer (EPC069-12); raises `Unreadable`."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not 7 <= len(lines) <= 12:
        raise Unreadable(Reason.MALFORMED_TLV, "lines")
    lines += [""] * (12 - len(lines))
    version, charset, kind, bic, name, account, money, purpose, rf, note, advice = lines[1:]
    if version not in ("001", "002"):
        raise Unreadable(Reason.BAD_FIELD, "version")
    if charset not in _EPC_CHARSETS or kind not in ("SCT", "INST"):
        raise Unreadable(Reason.BAD_FIELD, "service")
    if _printed_bytes(text, _EPC_CHARSETS[charset]) > 331:
        raise Unreadable(Reason.MALFORMED_TLV, "lines")
    if (bic or version == "001") and _BIC.fullmatch(bic) is None:
        raise Unreadable(Reason.BAD_FIELD, "bic")
    if not 1 <= len(name) <= 70:
        raise Unreadable(Reason.BAD_FIELD, "name")
    fields: dict[str, Any] = {"name": name, "iban": iban(account), "bic": bic, "currency": "EUR"}
    if money:
        amount = _EPC_AMOUNT.fullmatch(money)
        if amount is None or not amount[1].strip("0."):  # at least 0.01; the pattern bounds it
            raise Unreadable(Reason.BAD_FIELD, "amount")
        fields["amount"] = amount[1]
    if rf and note:
        raise Unreadable(Reason.BAD_REFERENCE, "reference")
    if rf.startswith("RF") and not _is_rf(rf):
        raise Unreadable(Reason.BAD_REFERENCE, "reference")
    if len(purpose) > 4 or len(rf) > 35 or len(note) > 140 or len(advice) > 70:
        raise Unreadable(Reason.BAD_FIELD, "remittance")
    fields |= {"purpose": purpose, "reference": rf, "text": note, "information": advice}
    return {name: value for name, value in fields.items() if value}


def _printed_bytes(text: str, charset: str) -> int:
    """How long the code is as printed; a character that its charset lacks counts as one byte."""
    text.encode()  # a lone surrogate is no text in any of them
    return len(text.encode(charset, "replace"))


def swiss(text: str) -> dict[str, Any]:
    """A Swiss QR-bill (SPC 0200); raises `Unreadable`."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if len(lines) < 31 or any(lines[34:]) or len(text) > 997:
        raise Unreadable(Reason.MALFORMED_TLV, "lines")
    if re.fullmatch(r"02[0-9]{2}", lines[1], re.ASCII) is None or lines[2] != "1":
        raise Unreadable(Reason.BAD_FIELD, "version")
    account = iban(lines[3])
    if account[:2] not in ("CH", "LI") or len(account) != 21:
        raise Unreadable(Reason.BAD_IBAN, "iban")
    creditor = _address(lines[4:11], "creditor")
    if creditor is None:
        raise Unreadable(Reason.MISSING_FIELD, "creditor")
    if any(lines[11:18]):  # the guidelines keep the ultimate creditor for later
        raise Unreadable(Reason.BAD_FIELD, "ultimate_creditor")
    amount, currency = lines[18], lines[19]
    if amount and _SWISS_AMOUNT.fullmatch(amount) is None:
        raise Unreadable(Reason.BAD_FIELD, "amount")
    if currency not in ("CHF", "EUR"):
        raise Unreadable(Reason.BAD_FIELD, "currency")
    kind, reference, note = lines[27], lines[28], lines[29]
    _swiss_reference(kind, reference, account)
    if lines[30] != "EPD":
        raise Unreadable(Reason.MISSING_FIELD, "trailer")
    billing, alternatives = "".join(lines[31:32]), [line for line in lines[32:] if line]
    if len(note) + len(billing) > 140 or any(len(line) > 100 for line in alternatives):
        raise Unreadable(Reason.BAD_FIELD, "information")
    fields: dict[str, Any] = {
        "iban": account,
        "creditor": creditor,
        "amount": amount,
        "currency": currency,
        "debtor": _address(lines[20:27], "debtor"),
        "reference_type": kind,
        "reference": reference,
        "text": note,
        "billing": billing,
        "alternatives": alternatives,
    }
    return {name: value for name, value in fields.items() if value}


def _address(lines: list[str], place: str) -> dict[str, str] | None:
    """Seven lines: type, name, street or line 1, number or line 2, postal code, town, country."""
    kind, name, street, number, code, town, country = lines
    if not any(lines):
        return None
    if not name or kind not in _ADDRESS_MAX or re.fullmatch(r"[A-Za-z]{2}", country) is None:
        raise Unreadable(Reason.BAD_FIELD, place)
    if any(len(line) > most for line, most in zip(lines, _ADDRESS_MAX[kind], strict=True)):
        raise Unreadable(Reason.BAD_FIELD, place)
    if kind == "S" and not (code and town):
        raise Unreadable(Reason.MISSING_FIELD, place)
    if kind == "K" and not number:
        raise Unreadable(Reason.BAD_FIELD, place)
    fields = {"name": name, "country": country, "postal_code": code, "town": town}
    fields |= {"street": street, "number": number} if kind == "S" else {}
    fields |= {"line_1": street, "line_2": number} if kind == "K" else {}
    return {key: value for key, value in fields.items() if value}


def _swiss_reference(kind: str, reference: str, account: str) -> None:
    is_qr_iban = "30000" <= account[4:9] <= "31999"
    if kind == "QRR":
        right = re.fullmatch(r"[0-9]{27}", reference, re.ASCII) is not None and is_qr_iban
        if not right or _mod10(reference[:-1]) != int(reference[-1]):
            raise Unreadable(Reason.BAD_REFERENCE, "reference")
    elif kind == "SCOR":
        if not _is_rf(reference) or is_qr_iban:
            raise Unreadable(Reason.BAD_REFERENCE, "reference")
    elif kind != "NON" or reference or is_qr_iban:
        raise Unreadable(Reason.BAD_REFERENCE, "reference")


def _mod10(digits: str) -> int:
    """The recursive modulo 10 check digit of Swiss references."""
    carry = 0
    for digit in digits:
        carry = _CARRY[(carry + int(digit)) % 10]
    return (10 - carry) % 10
