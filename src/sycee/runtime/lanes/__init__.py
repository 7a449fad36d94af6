"""Lanes: calls that arrive while a transaction is in flight travel together in the next one.

There is no timer and no added latency when idle: a lone call is a batch of one that starts at once.
Under load one transaction, one fsync and one lock per account serve hundreds of calls.
"""

from sycee.runtime.lanes.lane import Lane
from sycee.runtime.lanes.thread import Thread
from sycee.runtime.lanes.waiting import LaneClosed, LaneFull

__all__ = ["Lane", "LaneClosed", "LaneFull", "Thread"]
