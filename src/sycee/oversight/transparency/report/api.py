"""The route of the report: for everyone."""

from __future__ import annotations

from sycee.kit.errors import Invalid
from sycee.oversight.transparency.reading import place
from sycee.oversight.transparency.report import reading
from sycee.oversight.transparency.report.reading import ReportView
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Page, decode
from sycee.runtime.http.routes import read


@read("/v1/transparency/report", scope=None, gives=ReportView, refuses=(Invalid,), slow=True)
def transparency_report(tx: Tx, *, cursor: str | None = None) -> ReportView:
    """Read what authorities demanded of people's data, and count it again. Anyone may.

    At most 10,000 rows, the oldest first; `next` is the `cursor` of those behind them.
    """
    return reading.report(tx, None if cursor is None else place(Page(after=decode(cursor))))


routes = [transparency_report]
