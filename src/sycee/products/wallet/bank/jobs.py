"""The worker's part: waiting payments go into files, and files from the bank are taken."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from uuid import UUID

from sycee.kit.errors import Refusal
from sycee.products.wallet.bank import desk, folders, pain
from sycee.products.wallet.bank.actions import paying
from sycee.products.wallet.bank.folders import Folders
from sycee.products.wallet.bank.model import BankFileKnown, PaymentState
from sycee.products.wallet.bank.store import lines as store
from sycee.products.wallet.bank.store import payments
from sycee.runtime import settings as installation
from sycee.runtime import telemetry
from sycee.runtime.db import Database
from sycee.runtime.jobs import Body, Jobs
from sycee.runtime.perform import HOUSE, Call, perform_one
from sycee.runtime.sweeps import WHOLE

_PAST = (PaymentState.ACCEPTED, PaymentState.BOOKED, PaymentState.RETURNED)


def register(jobs: Jobs, where: Folders | None = None) -> None:
    """Add the sweeps and the job to the worker's registry."""
    chosen = where or Folders.under(installation.load().home)
    jobs.sweep("bank.dispatch", payments.accounts_waiting, dispatch, every_seconds=5)
    jobs.sweep(
        "bank.take",
        lambda tx, limit: WHOLE if chosen.waiting() else (),
        lambda database, _: take_all(database, chosen),
    )
    jobs.outside(paying.SEND, partial(_send, chosen))


def dispatch(database: Database, account: UUID) -> paying.Dispatched:
    """Mark an account's waiting payments as sent, and leave the job that writes their file."""
    call = Call(HOUSE, None, "bank.dispatch", paying.Dispatch(account))
    return perform_one(database, call, paying.dispatch, timeout_ms=desk.TIMEOUT_MS).unwrap()


def _send(where: Folders, database: Database, body: Body) -> None:
    send(database, where.out, UUID(hex=body["batch"]))


def send(database: Database, out: Path, batch: UUID) -> Path:
    """Write the file of a batch: at least once, the same bytes each time.

    A payment whose names the vault no longer opens is rejected and its money goes back.
    """
    with database.read() as tx:
        found = payments.batch(tx, batch)
        assert found is not None, "a batch is there before its job"
        account = store.account(tx, found.account)
        assert account is not None, "an account with a batch stays"
    path = out.joinpath(pain.file_name(batch))
    if found.written_at is not None or any(row.state in _PAST for row in found.payments):
        return path  # the bank has it: it has spoken of it
    rows = [row for row in found.payments if row.sealed is not None]
    orders: list[pain.Order] = []
    for row, order in zip(rows, desk.orders(database, rows) if rows else (), strict=True):
        if isinstance(order, pain.Order):
            orders.append(order)
        else:
            _fail(database, row.id, order)
    if not orders:
        return path
    content = pain.write(batch, found.sent_at, account, orders)
    folders.put(out, path.name, content)
    with database.transaction() as tx:
        payments.note_written(tx, batch, hashlib.sha256(content).hexdigest())
    return path


def _fail(database: Database, id_: UUID, refusal: Refusal) -> None:
    with database.transaction() as tx:
        shut = paying.refund_gates(tx)
        row = payments.payments(tx, [id_])[id_]
        if row.state is PaymentState.SENT:
            paying.reject(tx, [(row, refusal.code)], shut)


def take_all(database: Database, where: Folders) -> int:
    """Take every file that has come; how many were taken. A refused one is set aside.

    One that another of its name has replaced meanwhile is left: that one is for the next look.
    """
    taken = 0
    for path in where.waiting():
        content = folders.read(path)
        refusal = take_one(database, content)
        known = getattr(refusal, "code", None) == BankFileKnown.code
        if folders.read(path) == content:
            folders.set_aside(path, "taken" if refusal is None or known else "refused")
        taken += refusal is None
        if refusal is not None:
            telemetry.log(refusal=refusal.code).warning("bankfile.refused")
    return taken


def take_one(database: Database, content: bytes) -> Refusal | None:
    """Take one file; its refusal, if it was refused."""
    try:
        desk.take(database, content, by=None).unwrap()
    except Refusal as refusal:
        return refusal
    return None
