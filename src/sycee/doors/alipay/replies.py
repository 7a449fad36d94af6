"""Responses: JSON whose signed node stands in the body byte for byte as it was signed.

Public SDKs cut the node out of the raw text, one by counting braces without looking at strings, so
braces inside strings are written as escapes. What a charset cannot write is an escape too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from sycee.doors.alipay.faults import MESSAGES
from sycee.doors.alipay.signature import sign

_BRACES = {"{": "\\u007b", "}": "\\u007d"}


@dataclass(frozen=True, slots=True)
class Seal:
    """What a response is signed with; `certificate` is set for an app in certificate mode."""

    key: rsa.RSAPrivateKey
    sign_type: str
    charset: str
    certificate: str | None = None


def node_name(method: str) -> str:
    """`alipay.trade.query` → `alipay_trade_query_response`."""
    return method.replace(".", "_") + "_response"


def success(fields: dict[str, Any]) -> dict[str, Any]:
    """The node of a success: code 10000, then the fields that are not None."""
    kept = {name: value for name, value in fields.items() if value is not None}
    return {"code": "10000", "msg": MESSAGES["10000"], **kept}


def encode(node: dict[str, Any], charset: str) -> bytes:
    """The node as JSON bytes: compact, in `charset`, no brace inside a string."""
    try:
        return "".join(_pieces(node)).encode(charset)
    except UnicodeEncodeError:
        return "".join(_pieces(node, ascii_only=True)).encode("ascii")


def _pieces(value: Any, *, ascii_only: bool = False) -> list[str]:
    """JSON text of strings, lists and objects, piece by piece."""
    if isinstance(value, dict):
        inner = [[*_pieces(k), ":", *_pieces(v, ascii_only=ascii_only)] for k, v in value.items()]
        return ["{", *_between(inner), "}"]
    if isinstance(value, list | tuple):
        return ["[", *_between([_pieces(v, ascii_only=ascii_only) for v in value]), "]"]
    text = json.dumps(value, ensure_ascii=ascii_only)
    for brace, escape in _BRACES.items():
        text = text.replace(brace, escape)
    return [text]


def _between(parts: list[list[str]]) -> list[str]:
    joined: list[str] = []
    for i, part in enumerate(parts):
        joined += [",", *part] if i else part
    return joined


def body(name: str, node: dict[str, Any], seal: Seal | None, charset: str = "utf-8") -> bytes:
    """The whole response: the node first, then the certificate's number, then the signature.

    Without a seal (the app is not known, so nobody could check it) it carries no signature.
    """
    signed = encode(node, seal.charset if seal else charset)
    head = b'{"' + name.encode() + b'":' + signed
    if seal is None:
        return head + b"}"
    tail = {} if seal.certificate is None else {"alipay_cert_sn": seal.certificate}
    tail["sign"] = sign(seal.key, signed, seal.sign_type)
    return head + b"," + json.dumps(tail, separators=(",", ":")).encode()[1:]
