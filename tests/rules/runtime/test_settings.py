"""Settings: from the environment, with limits, a meaning each, and no secret shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sycee.runtime import settings

SECRET = "correct-horse"


def test_every_setting_has_a_meaning_and_a_default(monkeypatch):
    for row in settings.listing():
        monkeypatch.delenv(row.variable, raising=False)
    rows = settings.listing()
    assert len(rows) > 15
    assert len({row.variable for row in rows}) == len(rows)
    assert all(row.variable.startswith("SYCEE_") for row in rows)
    assert all(row.meaning.endswith(".") for row in rows)
    assert settings.load().port == 8080


def test_the_environment_decides_and_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("SYCEE_PORT", "9000")
    monkeypatch.setenv("SYCEE_HOME", "/srv/a house")
    monkeypatch.setenv("SYCEE_DATABASE_URL", "")
    found = settings.load()
    assert found.port == 9000
    assert found.home == Path("/srv/a house")
    assert found.database_url is None
    assert settings.load(port=9001).port == 9001


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "tea"),
        ("LANE_BATCH_MAX", "0"),
        ("LOG_LEVEL", "loud"),
        ("PROXIES", "*"),
        ("PROXIES", "127.0.0.1, proxy.example"),
        ("SHUTDOWN_SECONDS", "inf"),
        ("PUBLIC_URL", "pay.example.com"),
        ("PUBLIC_URL", "https://pay.example.com:tea"),
    ],
)
def test_a_value_it_cannot_have_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(f"SYCEE_{name}", value)
    with pytest.raises(settings.SettingsError, match=f"SYCEE_{name}: "):
        settings.load()


def test_secrets_are_not_shown(monkeypatch):
    monkeypatch.setenv("SYCEE_DATABASE_URL", f"postgresql://ada:{SECRET}@db/sycee")
    monkeypatch.setenv("SYCEE_MASTER_KEY", SECRET)
    found = settings.load()
    assert SECRET not in repr(found)
    assert SECRET not in str(found)
    assert found.database_url is not None
    assert SECRET in found.database_url.get_secret_value()


def test_a_refused_value_is_not_repeated(monkeypatch):
    monkeypatch.setenv("SYCEE_POOL_SIZE", SECRET)
    with pytest.raises(settings.SettingsError) as refused:
        settings.load()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("name", ["DATABASE_URL", "KEYS_URL"])
def test_a_database_address_with_a_slip_is_refused_and_not_repeated(monkeypatch, name):
    monkeypatch.setenv(f"SYCEE_{name}", f"postgresql:/ada:{SECRET}@db/sycee")
    with pytest.raises(settings.SettingsError, match=f"SYCEE_{name}: must be a URL") as refused:
        settings.load()
    assert SECRET not in str(refused.value)


def test_settings_cannot_be_changed():
    with pytest.raises(Exception, match="frozen"):
        settings.load().port = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_a_variable_that_is_no_setting_is_named_with_the_nearest_that_is():
    environment = {"SYCEE_PROT": "1", "SYCEE_PORT": "1", "SYCEE_TEST_PG_BIN": "x", "PATH": "/bin"}
    assert settings.unknown(environment) == {
        "SYCEE_PROT": "SYCEE_PROT is no setting of Sycee; did you mean SYCEE_PORT?"
    }


def test_a_variable_that_is_no_setting_is_told_once(monkeypatch, capsys):
    monkeypatch.setenv("SYCEE_PROT", "1")
    settings.warn_unknown()
    assert "SYCEE_PROT" in capsys.readouterr().err
    settings.warn_unknown()
    assert "SYCEE_PROT" not in capsys.readouterr().err
    assert "SYCEE_PROT" not in os.environ  # so no child says it either


def test_the_address_is_one_that_a_browser_takes():
    assert settings.load(host="0.0.0.0", port=80, demo=False).address == "http://127.0.0.1:80"
    assert settings.load(host="::1", port=81).address == "http://[::1]:81"
    assert (
        settings.load(public_url="https://pay.example/", demo=False).address
        == "https://pay.example"
    )


@pytest.mark.parametrize(
    "reached",
    [
        {"host": "0.0.0.0"},
        {"host": "192.168.1.7"},
        {"host": "::"},
        {"host": "pay.example"},
        {"public_url": "https://pay.example"},
    ],
)
def test_demo_mode_refuses_an_address_that_others_can_reach(reached):
    with pytest.raises(settings.SettingsError, match="SYCEE_DEMO"):
        settings.load(**reached, demo=True)
    assert not settings.load(**reached, demo=False).demo


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_demo_mode_runs_where_only_this_machine_can_reach_it(host):
    assert settings.load(host=host, demo=True).demo
