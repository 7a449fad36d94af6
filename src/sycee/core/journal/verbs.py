"""Everything that the journal tells of, in one list: what a webhook can subscribe to.

The slices write the verbs; `tests/house` reads them there and holds this list to them. A verb that
is not in it is told all the same: the list only says which patterns can match anything.
"""

from __future__ import annotations

NOUNS = {
    "alipay-app": "ended made rekeyed",
    "allowance": "set",
    "bank": "account-opened file-taken line-assigned line-own line-queued line-returning",
    "code": "closed made paid",
    "consent": "given withdrawn",
    "count": "asked",
    "demand": "answered declined granted received",
    "deposit": "made",
    "device": "added recovered rekeyed revoked suspected",
    "dispute": "evidence-added opened ruled",
    "envelope": "circle-found circle-seen claimed emptied expired greeted sent thanked",
    "gift": "opened returned sent",
    "group": "joined left made",
    "job": "requeued",
    "key": "issue revoke rotate",
    "liabilities": "published",
    "link": "closed made paid",
    "mandate": "issued presented revoked",
    "milestone": "approved rejected submitted",
    "order": "declined ended issued kept proposed reopened",
    "order-key": "registered revoked",
    "party": "appoint close create dismiss reinstate rename restrict tier",
    "paycodes": "dropped enrolled",
    "payment": "approved",
    "recovery": "made used",
    "refund": "agreed closed modified opened postponed refused returned succeeded",
    "request": "cancelled declined expired made paid reminded",
    "safeguarding": "reconciled signed",
    "schedule": "cancelled failed made paid paused resumed skipped stopped waiting",
    "series": "approved",
    "session": "ended opened unlocked",
    "split": "cancelled closed made settled",
    "staff": "added changed removed",
    "top-up": "asked credited",
    "town": "celebrated paced",
    "trade": (
        "closed confirmed created extended finished not-shipped paid price-changed rated "
        "released shipped split"
    ),
    "transfer": "made refunded",
    "vault": "disclosed forget open seal sealed",
    "webhook-endpoint": "changed created removed rotated",
    "withdrawal": "accepted approved booked made rejected returned sent",
    "witness": "asked dismissed",
}
"""What may happen to what, by the noun that a verb begins with."""

VERBS = frozenset(f"{noun}.{what}" for noun, happens in NOUNS.items() for what in happens.split())

PATTERNS = VERBS | {f"{noun}.*" for noun in NOUNS} | {"*"}
"""What a subscription may name: a verb, all of a noun, or everything."""
