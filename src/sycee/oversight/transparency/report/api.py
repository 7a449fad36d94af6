"""The route of the report: for everyone."""

from __future__ import annotations

from sycee.oversight.transparency.report import reading
from sycee.oversight.transparency.report.reading import ReportView
from sycee.runtime.db import Tx
from sycee.runtime.http.routes import read


@read("/v1/transparency/report", scope=None, gives=ReportView, slow=True)
def transparency_report(tx: Tx) -> ReportView:
    """Read what authorities demanded of people's data, and count it again. Anyone may."""
    return reading.report(tx)


routes = [transparency_report]
