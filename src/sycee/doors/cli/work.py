"""`./sycee work`: the worker alone."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from sycee.core.parties import forgetting
from sycee.doors.cli.progress import Progress
from sycee.doors.cli.servers import Servers, announce, opened, servers
from sycee.doors.cli.stopping import Stopped, stopping
from sycee.runtime.postgres import watching
from sycee.runtime.settings import Settings, load


def work() -> int:
    """Run the worker alone: deadlines that pass, and jobs that wait. Ctrl-C stops it.

    `up` runs one by itself; any number may run beside it.
    """
    from sycee.doors.cli.migrate import apply
    from sycee.runtime import telemetry

    settings, progress = load(), Progress()
    with stopping(), contextlib.ExitStack() as stack:
        try:
            found = stack.enter_context(servers(settings))
            stack.enter_context(watching(found.clusters))
            announce(found)
            apply(found)
            telemetry.configure(settings.log_level)
            stack.enter_context(working(settings, found))
            progress.say("The worker runs; Ctrl-C stops it.")
            threading.Event().wait()
        except Stopped:
            progress.say("Stopping …")
        stack.close()
    progress.say("Stopped.")
    return 0


@contextlib.contextmanager
def working(settings: Settings, found: Servers) -> Iterator[None]:
    """The worker in a thread of its own; at the end it finishes the job in hand.

    Without the house's own master key it does not start: this home may be new to the databases.
    Before it starts, erasures are applied again and a house whose orders are older than the file of
    them is shut: the databases may be a restored backup.
    """
    from sycee.core.parties import erased
    from sycee.doors.http import contents
    from sycee.doors.worker.contents import jobs
    from sycee.doors.worker.run import Worker
    from sycee.oversight.regulator.orders import restored
    from sycee.runtime import telemetry

    with opened(settings, found) as (database, keyring):
        keyring.demand_fit()
        if restored.guard(database, settings.home):
            telemetry.log().error("orders.closed")
        contents.personal()
        forgetting.reapply_erasures(database, keyring, erased.read(settings.home))
        worker = Worker(database, jobs(keyring))
        worker.start()
        try:
            yield
        finally:
            worker.stop(settings.shutdown_seconds)
