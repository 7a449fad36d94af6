"""`./sycee web build`: the three apps, from their sources into the package."""

from __future__ import annotations

import sys

from cyclopts import App

from sycee.doors.web import building

web = App(name="web", help="Build the web app from its sources.")


@web.command
def build(*, check: bool = False, force: bool = False) -> int:
    """Build the web app, unless what is built was made from what is here.

    `up` does this by itself. Node comes with the locked packages.

    Parameters
    ----------
    check
        Check the types of all sources first.
    force
        Build even if nothing changed.
    """
    module = building.builder()
    if module is None:
        print("The web app's sources are not here; it came built with the package.")
        return 0
    if module.fresh() and not (check or force):
        print("The web app is up to date.")
        return 0
    try:
        module.build(check=check)
    except module.BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The web app is built: {module.STATIC}")
    return 0
