"""What the packages of others carry for these tests: ISO's schemas, and files that banks wrote.

The licences of `samples.lock`'s packages (AGPL-3.0 and GPL-3.0) do not let their files be copied
here, so they are fetched and read where they lie.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from lxml import etree
from tests.house.sources import ROOT

_RETURNS = "odoo/addons/account_payment_return_import_iso20022/tests/test_files/"
_STATEMENTS = "odoo/addons/account_statement_import_camt/tests/samples/"

SAMPLES = {
    "abn-amro-statement": _STATEMENTS + "test-camt053",
    "abn-amro-notification": _STATEMENTS + "test-camt054",
    "abn-amro-empty": _STATEMENTS + "test-camt053-no-ntry",
    "swiss-statement": _STATEMENTS + "test-camt053-txdtls",
    "abn-amro-returns-053": _RETURNS + "test-sepa-camt-053-unpaid.xml",
    "abn-amro-returns-054": _RETURNS + "test-sepa-camt-054-unpaid.xml",
    "abn-amro-report": _RETURNS + "test-sepa-pain-unpaid.xml",
    "german-statement": "trytond/modules/account_statement_sepa/tests/camt.053.001.02.xml",
    "iso-notification": "trytond/modules/account_payment_sepa/tests/camt.054.001.02.xml",
    "iso-notification-1": "trytond/modules/account_payment_sepa/tests/camt.054.001.01.xml",
    "iso-notification-4": "trytond/modules/account_payment_sepa/tests/camt.054.001.04.xml",
}
"""Files of banks and of the standard's catalogue, with made-up names, by what they are here."""


def written_by_banks(name: str) -> bytes:
    """One of `SAMPLES`."""
    return (carried("samples") / SAMPLES[name]).read_bytes()


@cache
def carried(what: str = "schemas") -> Path:
    """The packages that carry ISO's schemas (or `samples` of banks), by a hashed lock of their own.

    They come without what they need, are read and never imported, and nothing of them is kept in
    this repository. From run to run they stay beside the other environments of the tests.
    """
    lock = Path(__file__).with_name(f"{what}.lock")
    name = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder = ROOT / ".sycee" / f"{what}-{name}"
    if not folder.is_dir():
        part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
        uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"]
        given = ["--require-hashes", "--target", str(part), "--requirement", str(lock)]
        subprocess.run([*uv, *given], check=True, timeout=120)
        with contextlib.suppress(OSError):  # another run was first
            part.rename(folder)
    return folder


@cache
def standard(kind: str) -> etree.XMLSchema:
    """ISO's own schema of a kind."""
    path = {
        "camt": f"camt053/xsd/{kind}.xsd",
        "pain.001": f"pain001/templates/{kind}/{kind}.xsd",
        "pain.002": f"pain001/pain002/schemas/{kind}.xsd",
    }["camt" if kind.startswith("camt") else kind[:8]]
    return etree.XMLSchema(etree.parse(str(carried() / path)))
