"""Ctrl-C and SIGTERM: one way to stop, and a stop that is not interrupted."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Stopped(BaseException):
    """Someone asked the command to stop; not an error."""


@contextlib.contextmanager
def stopping() -> Iterator[None]:
    """Within the block SIGINT and SIGTERM raise `Stopped`, once; further ones change nothing.

    What the block opened is closed on the way out, so the order of a stop is the reverse of the
    order of the start, wherever it was interrupted.
    """
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    before = {each: signal.signal(each, stop) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
