"""A house that is served over HTTP, for pay codes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.stories.http.server import House, serving

from sycee.runtime.db import Database


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    """A fresh database behind a server of its own."""
    with serving(database) as address:
        house = House(database, address)
        yield house
        house.client.close()
