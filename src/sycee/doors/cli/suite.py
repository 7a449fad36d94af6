"""`./sycee test`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

from cyclopts import Parameter

from sycee.runtime.settings import SettingsError, repository


def suite(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> int:
    """Run the whole suite: rules, stories, contract, simulation, house.

    It starts a PostgreSQL of its own for the length of the run and removes it afterwards. Style,
    types, layers and SQL are checked by the suite too.

    Parameters
    ----------
    arguments
        Handed to pytest: `./sycee test -k escrow`, `./sycee test tests/rules`.
    """
    root = repository()
    if root is None:
        raise SettingsError("the suite is in the source tree; run this from a checkout")
    # A process of its own in place of this one: pytest sees the code as a fresh start does.
    os.chdir(root)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "pytest", *arguments])
