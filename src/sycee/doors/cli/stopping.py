"""Ctrl-C, SIGTERM and a closed terminal: one way to stop, and a stop that is not interrupted."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

UntilEof = Annotated[bool, Parameter(help="Stop when standard input ends.", negative="")]
"""An option of commands that others start beside themselves: `up` does, and `demo` starts `up`."""


class Stopped(BaseException):
    """Someone asked the command to stop; not an error."""


@contextlib.contextmanager
def stopping() -> Iterator[None]:
    """Within the block SIGINT and SIGTERM raise `Stopped`, once; further ones change nothing.

    What the block opened is closed on the way out, so the order of a stop is the reverse of the
    order of the start, wherever it was interrupted. SIGHUP, of a terminal that was closed, becomes
    SIGTERM, unless it is ignored as under nohup: an event loop takes only those two for its own.
    """
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    def hang_up(number: int, frame: FrameType | None) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    before = {each: signal.signal(each, stop) for each in signals}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, hang_up)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def stop_at_eof() -> None:
    """Have this process told to stop when its standard input ends.

    Whoever started it holds the other end, and the kernel lets go of that however the other one
    ends: a process that was killed leaves none behind.
    """

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1_024):
                pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stdin", daemon=True).start()
