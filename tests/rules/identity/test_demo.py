"""Demo identities exist in demo mode alone."""

from __future__ import annotations

from sycee.doors.http import contents
from sycee.doors.http.app import declared_by
from sycee.runtime.settings import load


def test_nobody_logs_in_without_a_passkey_outside_demo_mode():
    demo = "/v1/demo/sessions"
    assert demo in {route.path for route in declared_by(load(demo=True))}
    assert demo not in {route.path for route in declared_by(load(demo=False))}
    assert demo not in {route.path for route in contents.routes()}
