"""An export as a file to take away."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from sycee.core.parties.personal import exporting, printed
from sycee.runtime.db import Database
from sycee.runtime.http.shapes import File


class ExportFile(File, frozen=True):
    """Everything that is kept of one, on paper."""

    MEDIA: ClassVar[tuple[str, ...]] = ("application/pdf",)


def on_paper(database: Database, party: UUID) -> ExportFile:
    """The export as PDF, of the rows that are printed. Refuses as `exporting.export`."""
    export = exporting.export(database, party, printed.ROWS_MAX)
    name = f"export-{export.party.id}-{export.made_at:%Y-%m-%d}.pdf"
    return ExportFile(printed.write(export), "application/pdf", name)
