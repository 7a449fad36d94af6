"""What divides before from after when an order takes effect: a snapshot, and what was sent by then.

Both are drawn under every gate's lock: as the order is issued, or, of a dated one, when its time
has come.
"""

from __future__ import annotations

from uuid import UUID

from sycee.core.policy import gates, outgoing
from sycee.core.policy.gates import Stop
from sycee.oversight.regulator.orders import store
from sycee.oversight.regulator.orders.document import Document, parsed
from sycee.oversight.regulator.orders.meaning import stops
from sycee.runtime.db import Tx

SENT_MAX = 10_000


def draw(tx: Tx, order: UUID, document: Document) -> tuple[str, int]:
    """The snapshot of now, and how much was already sent; the order lists it from now on."""
    cut = store.cut(tx)
    sent = [one for one in outgoing.standing(tx, SENT_MAX) if concerns(document, one)]
    store.insert_sent(
        tx,
        order,
        [
            (one.subject, one.product, one.operation, one.amount_minor, one.currency, one.sent_at)
            for one in sent
        ],
    )
    return cut, len(sent)


def concerns(document: Document, sent: outgoing.Sent) -> bool:
    """Whether an order covers what was sent; where no more is known of that, whether its kind."""
    covering = stops(document, sent.sent_at)
    if sent.channel is None:
        covering = [Stop(stop.product, stop.operation, stop.jurisdiction) for stop in covering]
    asked = sent.asked()
    return any(gates.gate_of(stop, sent.sent_at).stops(asked, sent.sent_at) for stop in covering)


def begin(tx: Tx, id_: UUID) -> None:
    """Draw the line of a dated order whose time has come; again, or too early, changes nothing."""
    store.lock_head(tx)
    if id_ not in store.beginning(tx, SENT_MAX):
        return
    gates.lock_all(tx)
    (order,) = store.orders(tx, [id_])
    cut, _ = draw(tx, id_, parsed(order.document))
    store.save_cut(tx, id_, cut)
