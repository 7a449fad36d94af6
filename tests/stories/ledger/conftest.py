"""A book on the machine's clock, and one that lives by a manual clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import Template
from tests.stories.ledger.book import Book

from sycee.runtime.db import Database


@pytest.fixture(scope="module")
def shared_database(main_template: Template) -> Iterator[Database]:
    """One database for the tests of a module: each test opens accounts of its own."""
    name, url = main_template.clone()
    database = Database(url)
    yield database
    database.close()
    main_template.drop(name)


@pytest.fixture
def book(shared_database: Database) -> Iterator[Book]:
    """A book on the machine's clock; the doctor examines it after every test."""
    book = Book(shared_database)
    yield book
    book.check()


@pytest.fixture
def slow_book(manual_database: Database) -> Iterator[Book]:
    """A book of its own whose clock stands until the test moves it."""
    book = Book(manual_database)
    yield book
    book.check()
