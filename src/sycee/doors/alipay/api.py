"""Routes of a shop's apps at the Alipay gateway, and of what it was told by them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

import msgspec

from sycee.core.journal.webhooks.model import DeliveryState
from sycee.core.parties.identity import sessions
from sycee.core.parties.identity.model import TOUCH_REFUSALS
from sycee.doors.alipay import apps, told
from sycee.doors.alipay.apps import (
    AlipayApp,
    AlipayAppList,
    AlipayAppsTooMany,
    AlipayCertificates,
)
from sycee.doors.alipay.told import NOTICE, AlipayNotice
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.kit.ids import parse
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import Body, public_id
from sycee.runtime.perform import Call, perform_one


class AppKeyBody(Body, frozen=True):
    """The public half of an RSA key of 2048 to 4096 bits, in PEM; the other half stays yours."""

    public_key: Annotated[str, msgspec.Meta(min_length=256, max_length=2_000)]


NoticeId = Annotated[str, public_id(NOTICE)]


class NoticeReplayBody(Body, frozen=True):
    """What to send again: these notices, or else all dead ones since a moment (or ever)."""

    notices: Annotated[list[NoticeId], msgspec.Meta(max_length=500)] = msgspec.field(
        default_factory=list
    )
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


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


@read(
    "/v1/alipay-apps/{app_id}/notices",
    scope="webhooks:read",
    gives=Listing[AlipayNotice],
    refuses=(NotFound, Invalid),
)
def list_notices(
    tx: Tx,
    *,
    caller: Caller,
    app_id: str,
    page: Page,
    state: DeliveryState | None = None,
    out_trade_no: str | None = None,
) -> Listing[AlipayNotice]:
    """List what was sent to the `notify_url` of an app's orders, newest first.

    `state=dead` are those that were given up; `out_trade_no` names one order.
    """
    found = told.of_app(
        tx, caller.party, app_id, state, out_trade_no, page.after_id(NOTICE), page.fetch
    )
    return page.of([told.view(one) for one in found], key=lambda one: one.id)


@write(
    "/v1/alipay-apps/{app_id}/notices/replay",
    "alipay-notice.replay",
    told.replay,
    scope="webhooks:write",
    gives=told.AlipayReplayed,
    refuses=(NotFound, Invalid),
)
def replay_notices(body: NoticeReplayBody, *, caller: Caller, app_id: str) -> told.Replay:
    """Send notices again: those named, or else the dead ones since a moment; at most 500."""
    return told.Replay(
        party=caller.party,
        app_id=app_id,
        notices=tuple(
            parse(NOTICE, one, f"notices[{place}]") for place, one in enumerate(body.notices)
        ),
        since=body.since,
    )


routes = [
    list_apps,
    make_app,
    change_key,
    certify_app,
    end_app,
    list_notices,
    replay_notices,
]
