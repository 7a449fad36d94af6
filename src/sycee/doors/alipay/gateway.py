"""One request through the gateway: read, check who signed it, run its method, sign the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg_pool import TooManyRequests

from sycee.doors.alipay import protocol, replies, signature, store, translation
from sycee.doors.alipay.faults import Fault, public
from sycee.doors.alipay.keyring import Keyring
from sycee.doors.alipay.model import App
from sycee.doors.alipay.protocol import Envelope
from sycee.doors.alipay.replies import Seal
from sycee.kit.errors import Refusal
from sycee.runtime.db import NO_DATABASE, Database
from sycee.runtime.telemetry import log

ERROR_NODE = "error_response"
_APP_ID = re.compile(r"[0-9]{16}")
_METHOD = re.compile(r"[a-z]+(?:\.[a-z]+){1,9}")
"""What a method's name looks like, also of one that this gateway does not have. The answer's node
has it: there public clients look for what is signed."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What every request shares: the database, the gateway's keys, and where people reach it.

    `tender_key` is what pay codes are issued with.
    """

    database: Database
    keyring: Keyring
    base_url: str
    tender_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose signature holds: the app it is from, and what it asks."""

    gate: Gate
    app: App
    envelope: Envelope
    method: str
    content: dict[str, Any]
    now: datetime

    @property
    def database(self) -> Database:
        return self.gate.database

    def page(self, token: str) -> str:
        """The address of an order's pay page."""
        return f"{self.gate.base_url}/p/{token}"


@dataclass(frozen=True, slots=True)
class Redirect:
    """The answer of a page method: the browser is sent on."""

    path: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP; `location` sends a browser on."""

    body: bytes
    charset: str
    location: str | None = None


Method = Callable[[Request], dict[str, Any] | Redirect]


def answer(gate: Gate, methods: Mapping[str, Method], query: bytes, body: bytes) -> Reply:
    """The reply to one request; never raises. Faults are replies too."""
    name, seal, charset = ERROR_NODE, None, "utf-8"
    try:
        raw = protocol.read_parameters(query, body)
        method = raw.get("method", b"").decode("ascii", "replace")
        name = replies.node_name(method) if _METHOD.fullmatch(method) else ERROR_NODE
        envelope = protocol.open_envelope(raw)
        charset = envelope.charset
        app = _app(gate, envelope)
        seal = _seal(gate, app, envelope)
        request = _admit(gate, app, envelope, method)
        if method not in methods:
            raise public("isv.invalid-method")
        done = methods[method](request)
        if isinstance(done, Redirect):
            return Reply(b"", charset, done.path)
        node = replies.success(done)
    except Fault as fault:
        node = fault.node()
    except Refusal as refusal:
        node = translation.fault_of(refusal, name).node()
    except TooManyRequests:
        node = public("aop.unknow-error").node()
    except NO_DATABASE as error:
        _logger(name).warning("database.gone", exc_info=error)
        node = public("aop.unknow-error").node()
    except Exception as error:
        _logger(name).error("request.failed", exc_info=error)
        node = public("isp.unknow-error").node()
    return Reply(replies.body(name, node, seal, charset), charset)


def _app(gate: Gate, envelope: Envelope) -> App:
    app_id = envelope.text("app_id")
    with gate.database.read() as tx:
        app = store.read_app(tx, app_id) if _APP_ID.fullmatch(app_id) else None
    if app is None:
        raise public("isv.invalid-app-id")
    return app


def _seal(gate: Gate, app: App, envelope: Envelope) -> Seal:
    """How the answer will be signed: as the request was, and with the certificate's number."""
    certified = app.cert_sn is not None and bool(envelope.text("app_cert_sn"))
    serial = gate.keyring.serial if certified else None
    return Seal(gate.keyring.key, envelope.text("sign_type"), envelope.charset, serial)


def _admit(gate: Gate, app: App, envelope: Envelope, method: str) -> Request:
    """The request, once its signature, its certificates and its time hold."""
    sign_type = envelope.text("sign_type")
    if sign_type not in app.sign_types:
        raise public("isv.missing-signature-config")
    _check_certificates(gate.keyring, app, envelope)
    key = signature.load_public(app.public_key)
    made = envelope.text("sign")
    if not any(
        signature.verify(key, content, made, sign_type)
        for content in protocol.signed_contents(envelope.raw)
    ):
        raise public("isv.invalid-signature")
    now = gate.database.clock.now()
    protocol.check_fresh(envelope.text("timestamp"), now, app.zones)
    if envelope.text("encrypt_type"):
        raise public("isv.invalid-encrypt-type", "本网关不支持接口内容加密")
    if envelope.text("app_auth_token"):
        raise public("aop.invalid-app-auth-token", "本网关不支持代理调用")
    return Request(gate, app, envelope, method, protocol.business_content(envelope), now)


def _check_certificates(keyring: Keyring, app: App, envelope: Envelope) -> None:
    """In certificate mode both numbers must be those that this gateway knows."""
    serial = envelope.text("app_cert_sn")
    if not serial:
        return
    if serial != app.cert_sn:
        raise public("isv.app-cert-not-exist")
    root = envelope.text("alipay_root_cert_sn")
    if not root:
        raise public("isv.missing-alipay-root-cert-sn")
    if root != keyring.root_serial:
        raise public("isv.invalid-alipay-root-cert-sn")


def _logger(name: str) -> Any:
    """A logger of what a `20000` hides: it writes where a fault was, never what was sent."""
    return log(logger="sycee.alipay", method=name)
