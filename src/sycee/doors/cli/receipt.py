"""`./sycee receipt`: is what someone shows us ours?"""

from __future__ import annotations

from pathlib import Path

import msgspec
from cyclopts import App

from sycee.doors.cli.orders import house
from sycee.products.wallet.receipts import reading
from sycee.products.wallet.receipts.model import Receipt

receipt = App(name="receipt", help="Check receipts against the books.")


@receipt.command
def check(file: Path, /) -> int:
    """Check a receipt, as `/v1/receipts` gives it. Ends with 1 unless it is genuine.

    Parameters
    ----------
    file
        The receipt, a JSON file.
    """
    try:
        shown = msgspec.json.decode(file.read_bytes(), type=Receipt)
    except msgspec.DecodeError as error:
        print(f"this is no receipt: {error}")
        return 1
    with house() as (_, database), database.read() as tx:
        verdict = reading.check(tx, shown, tell=True)
    differs = ", ".join(verdict.differs)
    print("genuine" if verdict.genuine else f"not genuine: the books differ in {differs}")
    return 0 if verdict.genuine else 1
