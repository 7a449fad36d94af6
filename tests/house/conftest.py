"""What the house checks look at: every file of the project, read once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.house.sources import ROOT, Source, read


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder that holds `pyproject.toml`."""
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[Source]:
    """Every text file of the project."""
    found = read()
    assert len(found) > 20, "the house must see its own files"
    return found


@pytest.fixture(scope="session")
def python(files: list[Source]) -> list[Source]:
    """Every Python file: product code, tests, benches and examples."""
    return [file for file in files if file.path.endswith(".py")]


@pytest.fixture(scope="session")
def house(python: list[Source]) -> list[Source]:
    """The product code alone: `src/sycee`."""
    return [file for file in python if file.path.startswith("src/sycee/")]


@pytest.fixture(scope="session")
def migrations(files: list[Source]) -> list[Source]:
    """The migrations of the main database and of the key cluster, in order."""
    return [file for file in files if file.path.startswith("src/sycee/migrations/")]


@pytest.fixture
def sample():
    """Make a `Source` out of a string, so that each check can be shown a bad file."""

    def make(text: str, path: str = "src/sycee/products/tea/actions.py") -> Source:
        return Source(path, text)

    return make
