"""Settings: every limit and address of an installation, from the environment, with its meaning.

Each is the environment variable `SYCEE_` and the field's name in capitals. Nothing is read from a
file in the folder one happens to stand in.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SYCEE_"
_NOT_OURS = ("SYCEE_TEST_", "SYCEE_BENCH_")
_OTHERS = {"SYCEE_PYTHON", "SYCEE_TRACE"}  # the launcher's, and the command line's

Count = Annotated[int, Field(ge=1)]
TOWN_PACE_MOST = 600
"""The most deeds a minute in a demo town."""

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class SettingsError(Exception):
    """A setting has a value it cannot have; the message names the variable and the rule."""


def repository() -> Path | None:
    """The folder of the source tree that this package runs from, if it runs from one."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() and (root / "sycee").is_file() else None


def _default_home() -> Path:
    root = repository()
    if root is not None:
        return root / ".sycee"
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "sycee"


class Settings(BaseSettings):
    """One installation's settings. Frozen; secrets are not shown by `repr`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=None,
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    # Where things are
    home: Path = Field(
        default_factory=_default_home,
        description="The folder for data: the PostgreSQL clusters, their passwords, the master"
        " key. Default: `.sycee` beside the launcher.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="The PostgreSQL (15 or newer) to use, as a libpq URL. Without it `up` starts"
        " its own.",
    )
    keys_url: SecretStr | None = Field(
        None,
        description="The PostgreSQL for the vault's keys: another cluster than the first, whose"
        " log is not archived. Without it `up` starts its own.",
    )
    pg_bin: Path | None = Field(
        None,
        description="The folder with `postgres` and `initdb` for the clusters that `up` starts."
        " Default: those installed with Sycee, else those on the PATH.",
    )
    master_key: SecretStr | None = Field(
        None,
        description="The key that wraps the vault's keys: 32 bytes in base64. Better kept in a"
        " file.",
    )
    master_key_file: Path | None = Field(
        None,
        description="The file with that key, readable by its owner only. Default: `master.key` in"
        " the home folder, made when there is none.",
    )

    # The server
    host: str = Field("127.0.0.1", description="The address that the API listens on.")
    port: int = Field(8080, ge=1, le=65535, description="The port that the API listens on.")
    public_url: str | None = Field(
        None,
        description="The whole address that others reach this server at, such as"
        " https://pay.example.com, for links and the gateway's name. Default: from the host and the"
        " port.",
    )
    proxies: str | None = Field(
        None,
        description="The addresses or networks of the proxies in front, separated by commas:"
        " what they say in `X-Forwarded-For` is where a request comes from. Default: nobody is"
        " believed, and all that comes through a proxy counts as its own.",
    )
    demo: bool = Field(
        True,
        description="Whether `up` seeds the demo town once and prints its credentials, and anyone"
        " may log in as a resident. Only on a loopback address.",
    )
    town_pace: int = Field(
        6,
        ge=0,
        le=TOWN_PACE_MOST,
        description="How many deeds a minute the simulated people of the demo town do until the"
        " console sets another pace; 0 leaves the town still.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important kind of line that is logged."
    )
    body_limit_bytes: int = Field(
        1024 * 1024, ge=1024, description="The largest request body; a larger one is refused."
    )
    shutdown_seconds: Seconds = Field(
        10.0, description="How long a stop waits for requests in flight."
    )

    # The database
    pool_size: Count = Field(16, le=1000, description="Most connections to the database at once.")
    keys_pool_size: Count = Field(
        4, le=100, description="Most connections to the keys' database at once."
    )

    # Lanes
    lane_batch_max: Count = Field(
        500, le=10_000, description="Most calls that a lane puts into one transaction."
    )
    lane_queue_max: Count = Field(
        4000, description="Most calls that wait in a lane; one more is told to come back later."
    )
    lane_process: bool = Field(
        True,
        description="Whether lanes' transactions run in a process of their own, which uses a second"
        " core and some 80 MB. Without it they are threads of the server.",
    )

    # Limits on callers
    rate_per_second: Count = Field(
        2000, description="Requests a second that one API key may make over a longer time."
    )
    rate_burst: Count = Field(4000, description="Requests that one API key may make at once.")

    # The worker
    call_timeout_seconds: Seconds = Field(
        10.0, description="How long a call to a shop's address (webhook, notification) may take."
    )
    webhooks_allow_private: bool | None = Field(
        None,
        description="Whether webhooks may go to private addresses and over plain HTTP. Default:"
        " only where the demo town is.",
    )

    @field_validator("proxies")
    @classmethod
    def _networks(cls, text: str | None) -> str | None:
        """Only what names machines: whoever is believed can be anyone at the rates' meters."""
        for each in text.split(",") if text else ():
            try:
                ipaddress.ip_network(each.strip())
            except ValueError:
                raise ValueError("must be addresses or networks, separated by commas") from None
        return text

    @field_validator("database_url", "keys_url")
    @classmethod
    def _libpq(cls, url: SecretStr | None) -> SecretStr | None:
        """That libpq can read it; said here, as libpq's own words repeat it, password and all."""
        if url is not None:
            try:
                conninfo_to_dict(url.get_secret_value())
            except ProgrammingError:
                raise ValueError("must be a URL such as postgresql://USER@HOST/NAME") from None
        return url

    @field_validator("public_url")
    @classmethod
    def _browsable(cls, url: str | None) -> str | None:
        """That a browser can follow it: passkeys and all links are made of it."""
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise ValueError("must be a whole address such as https://pay.example.com")
        return url

    @property
    def address(self) -> str:
        """Where others reach this server."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def master_key_path(self) -> Path:
        """The file of the master key, unless the key itself is given."""
        return self.master_key_file or self.home / "master.key"


def load(**given: object) -> Settings:
    """The settings of the environment, `given` ones first. Raises `SettingsError`."""
    try:
        found = Settings(**given)  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        rules = [
            f"{PREFIX}{'.'.join(str(part) for part in fault['loc']).upper()}:"
            f" {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_input=False, include_context=False)
        ]
        raise SettingsError("; ".join(rules)) from None
    reached = {"HOST": found.host, "PUBLIC_URL": urlsplit(found.address).hostname or ""}
    for name, host in reached.items():
        if found.demo and not _loopback(host):
            raise SettingsError(
                f"{PREFIX}DEMO: demo mode lets anyone be anyone, so it runs on a loopback address"
                f" only; set it to false, or {PREFIX}{name} to a loopback address"
            )
    return found


def _loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def unknown(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """A sentence for each `SYCEE_` variable that is no setting, with the nearest that is."""
    names = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | _OTHERS
    sentences = {}
    for name in sorted(os.environ if environment is None else environment):
        if not name.startswith(PREFIX) or name in names or name.startswith(_NOT_OURS):
            continue
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        sentences[name] = f"{name} is no setting of Sycee{hint}"
    return sentences


@dataclass(frozen=True, slots=True)
class Listing:
    """One setting for the reference: its variable, type, default and meaning."""

    variable: str
    type: str
    default: str
    meaning: str


def listing() -> list[Listing]:
    """All settings in the order of this file."""
    rows = []
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        text = kind.__name__ if isinstance(kind, type) else str(kind)
        for prefix in ("typing.", "pathlib.", "pydantic.types.", "_local."):
            text = text.replace(prefix, "")
        default = "" if field.default_factory or field.default is None else str(field.default)
        rows.append(
            Listing(f"{PREFIX}{name.upper()}", text, default, (field.description or "").strip())
        )
    return rows


def warn_unknown() -> None:
    """Say on standard error which `SYCEE_` variables mean nothing, once for all our processes."""
    for name, sentence in unknown().items():
        print(f"sycee: {sentence}", file=sys.stderr)
        del os.environ[name]  # or each process that is started from here would say it again
