"""`./sycee version`."""

from __future__ import annotations

import sycee


def version() -> None:
    """Print Sycee's version."""
    print(sycee.__version__)
