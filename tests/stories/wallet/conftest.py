"""A house that is served over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, housed


@pytest.fixture(scope="module")
def house(main_template: Template) -> Iterator[House]:
    """A database behind a server, shared by the stories of a file: each brings its own people."""
    with housed(main_template) as house:
        yield house
