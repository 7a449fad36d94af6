"""XML from outside, read with suspicion: guarded by expat first, then checked against a schema.

`lxml` checks schemas (stdlib cannot); before it sees a byte, stdlib's expat walks the file once and
refuses every document type, hence all entities and their bombs, and what is too deep or too large.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any
from xml.parsers import expat

from lxml import etree

from sycee.products.wallet.bank.model import (
    FILE_MAX_BYTES,
    BankFileInvalid,
    BankFileUnknownKind,
    BankFileUnreadable,
)

DEPTH_MAX = 40
ELEMENTS_MAX = 600_000
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_ELEMENT = re.compile(r"Element '\{[^}]*\}(\w+)'")

SCHEMAS = {
    "camt.053.001.02": "camt.02",
    "camt.053.001.08": "camt.08",
    "camt.054.001.02": "camt.02",
    "camt.054.001.08": "camt.08",
    "pain.001.001.09": "pain.001",
    "pain.002.001.03": "pain.002",
    "pain.002.001.10": "pain.002",
    "pain.002.001.12": "pain.002",
}
"""Each kind of message that is read or written here, and the file of its schema."""

ROOTS = {
    "camt.053": "BkToCstmrStmt",
    "camt.054": "BkToCstmrDbtCdtNtfctn",
    "pain.001": "CstmrCdtTrfInitn",
    "pain.002": "CstmrPmtStsRpt",
}

Element = etree._Element  # lxml has no public name for it


class _Guard:
    """What expat calls while it walks the file."""

    def __init__(self) -> None:
        self.depth = self.elements = 0

    def doctype(self, *_: object) -> None:
        raise BankFileUnreadable(rule="declares a document type")

    def start(self, name: str, attributes: object) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > DEPTH_MAX:
            raise BankFileUnreadable(rule=f"is nested deeper than {DEPTH_MAX}")
        if self.elements > ELEMENTS_MAX:
            raise BankFileUnreadable(rule=f"has more than {ELEMENTS_MAX} elements")

    def end(self, name: str) -> None:
        self.depth -= 1


def _walk(content: bytes) -> None:
    guard = _Guard()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = guard.doctype
    parser.StartElementHandler = guard.start
    parser.EndElementHandler = guard.end
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise BankFileUnreadable(
            rule=expat.ErrorString(error.code) or "is not well-formed", place=error.lineno
        ) from None
    except (LookupError, ValueError):  # an encoding that Python does not know
        raise BankFileUnreadable(rule="has an unknown encoding") from None


def read(content: bytes) -> tuple[str, Element]:
    """The kind of a message (`camt.053.001.08`) and its one body element.

    Raises `BankFileUnreadable`, `BankFileUnknownKind`, `BankFileInvalid`. The body's names carry no
    namespace any more.
    """
    if len(content) > FILE_MAX_BYTES:
        raise BankFileUnreadable(rule=f"is larger than {FILE_MAX_BYTES} bytes")
    _walk(content)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BankFileUnreadable(rule="is not well-formed") from None
    name = etree.QName(root)
    kind = (name.namespace or "").removeprefix(_NAMESPACE)
    if name.localname != "Document" or not (name.namespace or "").startswith(_NAMESPACE):
        raise BankFileUnknownKind()
    if kind not in SCHEMAS:
        raise BankFileUnknownKind()
    validate(kind, root)
    body = root[0]
    prefix = f"{{{name.namespace}}}"
    for element in root.iter(f"{prefix}*"):
        element.tag = str(element.tag)[len(prefix) :]
    return kind, body


def validate(kind: str, root: Element) -> None:
    """Raises `BankFileInvalid` unless a document passes the schema of its kind."""
    schema = _schema(kind)
    if not schema.validate(root):
        first: Any = schema.error_log[0]  # pyright: ignore[reportIndexIssue]
        raise BankFileInvalid(rule=_rule(first), place=first.line)
    wanted = ROOTS[kind[:8]]
    if etree.QName(root[0]).localname != wanted:
        raise BankFileInvalid(rule=f"has no {wanted}")


def _rule(error: etree._LogEntry) -> str:
    """What rule was broken where; never the value, which may name a person."""
    named = _ELEMENT.match(error.message or "")
    rule = error.type_name.removeprefix("SCHEMAV_").lower()
    return f"{rule} at {named[1]}" if named else rule


@cache
def _schema(kind: str) -> etree.XMLSchema:
    folder = resources.files("sycee.products.wallet.bank").joinpath("schema")
    file = folder.joinpath(f"{SCHEMAS[kind]}.xsd")
    text = file.read_text(encoding="utf-8").replace("NAMESPACE", namespace(kind))
    return etree.XMLSchema(etree.fromstring(text.encode()))


def document(kind: str) -> Element:
    """An empty document of a kind, whose namespace is the document's own."""
    spaces: Any = {None: namespace(kind)}  # lxml's types know of no default namespace
    return etree.Element("Document", nsmap=spaces)


def namespace(kind: str) -> str:
    """The XML namespace of a kind of message."""
    return _NAMESPACE + kind


def child(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    """A new last child; its name gets the document's namespace by `finish`."""
    made = etree.SubElement(parent, name, attributes)
    made.text = text
    return made


def finish(kind: str, root: Element) -> bytes:
    """A document whose elements were made by `child`, written out in the namespace of its kind."""
    for element in root.iter():
        element.tag = f"{{{namespace(kind)}}}{element.tag}"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
