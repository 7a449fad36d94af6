"""Building the app from its sources, where they are: in a checkout, not in an installed wheel."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from sycee.runtime.settings import repository


def builder() -> ModuleType | None:
    """The module `web/hatch_build.py` of this checkout, which also makes the wheel; else None."""
    root = repository()
    path = None if root is None else root / "web" / "hatch_build.py"
    if path is None or not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("sycee_web_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refresh() -> bool:
    """Build the app if its sources changed since it was built; whether that was needed."""
    module = builder()
    if module is None or module.fresh():
        return False
    module.build()
    return True
