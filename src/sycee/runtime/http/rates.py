"""Rates: the generic cell rate algorithm (ITU-T I.371), in memory and bounded."""

from __future__ import annotations

import time
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from math import ceil


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` in the long run, `burst` at once."""

    per_second: float
    burst: int

    @classmethod
    def every(cls, seconds: int, burst: int) -> Rate:
        """One each `seconds` in the long run."""
        return cls(1 / seconds, burst)


def neighbourhood(address: str) -> str:
    """What an address counts as: itself, of IPv6 the network of 64 bits that it is in.

    Whoever has one address of IPv6 has all of that network, and would never be slowed down.
    """
    if ":" not in address:
        return address
    try:
        ip = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(IPv6Network((int(ip) >> 64 << 64, 64)))


class Meter:
    """One virtual clock per name; a name that is not over its rate needs no entry.

    When the table is full the names whose clock has run out are dropped; if that is not enough it
    is emptied, which forgives everyone for one burst. Used from the event loop alone.
    """

    def __init__(self, rate: Rate, *, most: int = 50_000) -> None:
        self.rate, self._most = rate, most
        self._step = 1.0 / rate.per_second
        self._slack = self._step * rate.burst
        self._due: dict[object, float] = {}

    def take(self, name: object, now: float | None = None) -> tuple[int, float]:
        """`(left, wait_seconds)`: one request by `name`; refused when `wait_seconds` > 0."""
        if now is None:
            now = time.monotonic()
        due = self._due.get(name, now)
        if due < now:
            due = now
        due += self._step
        ahead = due - now
        if ahead > self._slack:
            return 0, ahead - self._slack
        if len(self._due) >= self._most and name not in self._due:
            self._sweep(now)
        self._due[name] = due
        return int((self._slack - ahead) / self._step), 0.0

    def wait(self, name: object, now: float | None = None) -> float:
        """How long `name` would have to wait now; takes nothing."""
        if now is None:
            now = time.monotonic()
        return max(0.0, self._due.get(name, now) - now + self._step - self._slack)

    def reset_seconds(self, left: int) -> int:
        """How long until a meter with `left` requests is full again."""
        return ceil((self.rate.burst - left) * self._step)

    def _sweep(self, now: float) -> None:
        self._due = {name: due for name, due in self._due.items() if due > now}
        if len(self._due) >= self._most:
            self._due.clear()
