"""Routes of a shop's apps at the Alipay gateway."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import msgspec

from sycee.core.parties.identity import sessions
from sycee.core.parties.identity.model import TOUCH_REFUSALS
from sycee.doors.alipay import apps
from sycee.doors.alipay.apps import (
    AlipayApp,
    AlipayAppList,
    AlipayAppsTooMany,
    AlipayCertificates,
)
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import Body
from sycee.runtime.perform import Call, perform_one


class AppKeyBody(Body, frozen=True):
    """The public half of an RSA key of 2048 to 4096 bits, in PEM; the other half stays yours."""

    public_key: Annotated[str, msgspec.Meta(min_length=256, max_length=2_000)]


@read("/v1/alipay-apps", scope="keys:write", gives=AlipayAppList)
def list_apps(tx: Tx, *, caller: Caller) -> AlipayAppList:
    """List your shop's apps at the Alipay gateway, and what its clients are set up with."""
    return apps.of_shop(tx, caller.party)


@direct(
    "/v1/alipay-apps",
    scope="keys:write",
    gives=AlipayApp,
    refuses=(Invalid, Forbidden, AlipayAppsTooMany, *TOUCH_REFUSALS),
    status=201,
)
def make_app(database: Database, body: AppKeyBody, *, caller: Caller, key: str) -> AlipayApp:
    """Let your shop sign with a key at the Alipay gateway, under a number it is given.

    A session needs a touch of a moment ago.
    """
    sessions.check_fresh(database, caller)
    call = Call(caller.party, key, "alipay-app.make", apps.Make(caller.party, body.public_key))
    return msgspec.convert(perform_one(database, call, apps.make).unwrap(), AlipayApp)


@direct(
    "/v1/alipay-apps/{app_id}/key",
    scope="keys:write",
    gives=AlipayApp,
    refuses=(Invalid, NotFound, *TOUCH_REFUSALS),
    method="PUT",
)
def change_key(
    database: Database, body: AppKeyBody, *, caller: Caller, key: str, app_id: str
) -> AlipayApp:
    """Give an app a new key; what is signed with the old one is refused from now on.

    A session needs a touch of a moment ago.
    """
    sessions.check_fresh(database, caller)
    command = apps.Rekey(caller.party, app_id, body.public_key)
    call = Call(caller.party, key, "alipay-app.rekey", command)
    return msgspec.convert(perform_one(database, call, apps.rekey).unwrap(), AlipayApp)


@direct(
    "/v1/alipay-apps/{app_id}/certificate",
    scope="keys:write",
    gives=AlipayCertificates,
    refuses=(NotFound, *TOUCH_REFUSALS),
    status=201,
)
def certify_app(database: Database, *, caller: Caller, key: str, app_id: str) -> AlipayCertificates:
    """Certify an app's key, and take what clients in certificate mode are set up with.

    The certificate before, if there was one, is not taken any more. A session needs a touch of a
    moment ago.
    """
    sessions.check_fresh(database, caller)
    call = Call(caller.party, key, "alipay-app.certify", apps.Certify(caller.party, app_id))
    certify = partial(apps.certify, keyring=apps.gateway().keyring)
    return msgspec.convert(perform_one(database, call, certify).unwrap(), AlipayCertificates)


@write(
    "/v1/alipay-apps/{app_id}",
    "alipay-app.end",
    apps.end,
    scope="keys:write",
    gives=AlipayApp,
    refuses=(NotFound,),
    method="DELETE",
)
def end_app(*, caller: Caller, app_id: str) -> apps.End:
    """End an app: the gateway answers nothing under its number any more."""
    return apps.End(caller.party, app_id)


routes = [list_apps, make_app, change_key, certify_app, end_app]
