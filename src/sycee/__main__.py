"""`python -m sycee`: the command line."""

from __future__ import annotations

import sys

import sycee
from sycee.runtime import memory


def main() -> None:
    """Run one command; the simplest answers need nothing to be loaded."""
    if sys.argv[1:] in (["version"], ["--version"]):
        print(sycee.__version__)
        return
    with memory.loading():
        from sycee.doors.cli.app import main as run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
