"""A house that is served over HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, housed

from sycee.runtime import telemetry


@pytest.fixture(scope="module")
def log() -> Iterator[io.StringIO]:
    """Everything the server logs, from the least important line on."""
    stream = io.StringIO()
    telemetry.configure("debug", stream=stream)
    yield stream
    telemetry.configure()


@pytest.fixture(scope="module")
def house(main_template: Template, log: io.StringIO) -> Iterator[House]:
    """A database behind a server, shared by the stories of a file: each brings its own people."""
    with housed(main_template) as house:
        yield house
