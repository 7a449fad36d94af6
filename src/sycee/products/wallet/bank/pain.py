"""Files for the bank and its answers to them: pain.001.001.09 written, pain.002 read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec
from lxml import etree

from sycee.kit.money import EXPONENT, format_major
from sycee.products.wallet.bank import xml
from sycee.products.wallet.bank.camt import payment_id
from sycee.products.wallet.bank.model import Account
from sycee.products.wallet.bank.xml import Element

KIND = "pain.001.001.09"


class Order(msgspec.Struct, frozen=True):
    """A payment with its receiver's name and IBAN, opened from the vault for this file alone."""

    id: UUID
    amount_minor: int
    name: str
    number: str
    text: str


class Fate(StrEnum):
    """What a status report says of a payment."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PENDING = "pending"


class Report(msgspec.Struct, frozen=True):
    """A pain.002: the batch it answers, what it says of all of it, and of single payments."""

    batch: UUID | None
    whole: Fate | None
    reason: str | None
    single: tuple[tuple[UUID, Fate, str | None], ...]


def file_name(batch: UUID) -> str:
    """What the file of a batch is called: the same each time it is written."""
    return f"pain.001-{batch.hex}.xml"


def write(batch: UUID, sent_at: datetime, account: Account, orders: Sequence[Order]) -> bytes:
    """The file of a batch: the same bytes for the same batch, checked against the schema.

    `MsgId` is the batch's id and each `EndToEndId` the payment's, in 32 hexadecimal digits.
    """
    root = xml.document(KIND)
    body = _sub(root, "CstmrCdtTrfInitn")
    total = format_major(sum(order.amount_minor for order in orders), account.currency)
    header = _sub(body, "GrpHdr")
    _sub(header, "MsgId", batch.hex)
    _sub(header, "CreDtTm", sent_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _sub(header, "NbOfTxs", str(len(orders)))
    _sub(header, "CtrlSum", total)
    _sub(_sub(header, "InitgPty"), "Nm", account.name)
    group = _sub(body, "PmtInf")
    _sub(group, "PmtInfId", batch.hex)
    _sub(group, "PmtMtd", "TRF")
    _sub(group, "BtchBookg", "false")
    _sub(group, "NbOfTxs", str(len(orders)))
    _sub(group, "CtrlSum", total)
    _sub(_sub(group, "ReqdExctnDt"), "Dt", sent_at.strftime("%Y-%m-%d"))
    _sub(_sub(group, "Dbtr"), "Nm", account.name)
    _sub(_sub(_sub(group, "DbtrAcct"), "Id"), "IBAN", account.number)
    agent = _sub(_sub(group, "DbtrAgt"), "FinInstnId")
    if account.bic is not None:
        _sub(agent, "BICFI", account.bic)
    else:
        _sub(_sub(agent, "Othr"), "Id", "NOTPROVIDED")
    _sub(group, "ChrgBr", "SLEV")
    for order in orders:
        _order(group, order, account.currency)
    _adopt(root)
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    xml.validate(KIND, etree.fromstring(content))
    return content


def _order(group: Element, order: Order, currency: str) -> None:
    payment = _sub(group, "CdtTrfTxInf")
    _sub(_sub(payment, "PmtId"), "EndToEndId", order.id.hex)
    amount = _sub(_sub(payment, "Amt"), "InstdAmt", format_major(order.amount_minor, currency))
    amount.set("Ccy", currency)
    _sub(_sub(payment, "Cdtr"), "Nm", order.name)
    _sub(_sub(_sub(payment, "CdtrAcct"), "Id"), "IBAN", order.number)
    _sub(_sub(payment, "RmtInf"), "Ustrd", order.text)


def _sub(parent: Element, name: str, text: str | None = None) -> Element:
    made = etree.SubElement(parent, name)
    made.text = text
    return made


def _adopt(root: Element) -> None:
    """Put every element into the document's namespace."""
    space = root.nsmap[None]
    for element in root.iter():
        element.tag = f"{{{space}}}{element.tag}"


def report(body: Element) -> Report:
    """What a status report says; a payment it names by another's id is left out."""
    group = body.find("OrgnlGrpInfAndSts")
    assert group is not None, "the schema asks for it"
    whole, reason = _fate(group, "GrpSts")
    single: list[tuple[UUID, Fate, str | None]] = []
    for instruction in body.findall("OrgnlPmtInfAndSts"):
        of_all, why = _fate(instruction, "PmtInfSts")
        named = instruction.findall("TxInfAndSts")
        if of_all is not None and not named:
            whole, reason = of_all, why
        for row in named:
            fate, own = _fate(row, "TxSts")
            id_ = payment_id(row.findtext("OrgnlEndToEndId") or "")
            if id_ is not None and (fate or of_all) is not None:
                single.append((id_, fate or of_all or Fate.PENDING, own or why))
    return Report(payment_id(group.findtext("OrgnlMsgId") or ""), whole, reason, tuple(single))


_FATES = {
    "RJCT": Fate.REJECTED,
    "CANC": Fate.REJECTED,
    "ACTC": Fate.ACCEPTED,
    "ACCP": Fate.ACCEPTED,
    "ACSP": Fate.ACCEPTED,
    "ACSC": Fate.ACCEPTED,
    "ACCC": Fate.ACCEPTED,
    "ACWC": Fate.ACCEPTED,
    "ACFC": Fate.ACCEPTED,
}


def _fate(element: Element, tag: str) -> tuple[Fate | None, str | None]:
    """A status and its reason's code. A partly accepted group says nothing of any one payment."""
    status = element.findtext(tag)
    reason = element.findtext("StsRsnInf/Rsn/Cd")
    if status is None or status == "PART":
        return None, reason
    return _FATES.get(status, Fate.PENDING), reason


def minor(text: str, currency: str) -> int:
    """Whole minor units of a decimal that a schema has checked."""
    return int(Decimal(text).scaleb(EXPONENT[currency]))
