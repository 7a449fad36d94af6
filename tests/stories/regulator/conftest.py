"""A house that is served over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, serving

from sycee.runtime.db import Database


@pytest.fixture(scope="module")
def house(main_template: Template) -> Iterator[House]:
    """A database behind a server, shared by the stories of a file."""
    name, url = main_template.clone()
    database = Database(url)
    with serving(database) as address:
        house = House(database, address)
        yield house
        house.client.close()
    database.close()
    main_template.drop(name)
