"""The route of one's own readings."""

from __future__ import annotations

from sycee.kit.errors import Invalid
from sycee.oversight.transparency.readings import reading
from sycee.oversight.transparency.readings.reading import Readings
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Page
from sycee.runtime.http.routes import read


@read("/v1/me/readings", scope="journal:read", gives=Readings, refuses=(Invalid,))
def my_readings(tx: Tx, *, caller: Caller, page: Page) -> Readings:
    """List who looked at your data, newest first.

    Each time anyone opened something of yours that is sealed, with who, when, why and which fields,
    and its proof. Rows of the last second or two are not sealed yet and have no proof.
    """
    return reading.readings_of(tx, caller.party, page)


routes = [my_readings]
