"""The sandbox bank at work: orders in, answers out, customers paying in, payments coming back."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

from sycee.doors.bank import messages
from sycee.doors.bank.books import Books
from sycee.doors.bank.messages import Entry, Head
from sycee.kit.clock import Clock, SystemClock
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.money import EXPONENT
from sycee.products.wallet.bank import folders, iban, pain, xml
from sycee.products.wallet.bank.folders import Folders


class Bank:
    """A bank on its books and the two folders; what it writes appears in `folders.into`."""

    def __init__(self, books: Books, where: Folders, clock: Clock | None = None) -> None:
        self.books, self.where = books, where
        self.clock = clock or SystemClock()
        self._read: set[Path] = set()

    def pay_in(
        self,
        number: str,
        minor: int,
        *,
        reference: str | None = None,
        text: str | None = None,
        name: str | None = "A Customer",
        sender: str | None = None,
    ) -> Entry:
        """A customer's transfer arrives, and the bank says so."""
        entry = self.books.book(
            number,
            True,
            minor,
            self.clock.now().date(),
            reference=reference,
            text=text,
            name=name,
            iban=sender,
        )
        self._notify(number, entry)
        return entry

    def charge(self, number: str, minor: int, text: str) -> Entry:
        """The bank takes a fee, which the next statement shows."""
        return self.books.book(number, False, minor, self.clock.now().date(), text=text)

    def give_back(self, end_to_end: str, reason: str = "AC04", kept_minor: int = 0) -> Entry:
        """A booked payment comes back, less what a bank on the way kept."""
        for id_, number, minor, name, account in self.books.orders("booked"):
            if id_ == end_to_end:
                self.books.turn(end_to_end, "returned")
                entry = self.books.book(
                    number,
                    True,
                    minor - kept_minor,
                    self.clock.now().date(),
                    end_to_end=end_to_end,
                    name=name,
                    iban=account,
                    reason=reason,
                )
                self._notify(number, entry)
                return entry
        raise NotFound(noun="booked-payment", id=end_to_end)

    def read_orders(self) -> int:
        """Read new files of payments and answer each with a pain.002; how many payments came."""
        count = 0
        for path in sorted(self.where.out.glob("*.xml")) if self.where.out.is_dir() else ():
            if path not in self._read:
                count += self._read_file(path)
                self._read.add(path)
        return count

    def _read_file(self, path: Path) -> int:
        try:
            kind, body = xml.read(folders.read(path))
        except Refusal:
            return 0
        if kind != pain.KIND:
            return 0
        batch = body.findtext("GrpHdr/MsgId") or ""
        if not self.books.new_batch(batch):
            return 0
        number = body.findtext("PmtInf/DbtrAcct/Id/IBAN") or ""
        answers: list[tuple[str, str, str | None]] = []
        for row in body.findall("PmtInf/CdtTrfTxInf"):
            id_ = row.findtext("PmtId/EndToEndId") or ""
            amount = row.find("Amt/InstdAmt")
            assert amount is not None, "the schema asks for it"
            currency = amount.get("Ccy") or ""
            account = row.findtext("CdtrAcct/Id/IBAN")
            refused = self._refusal(number, currency, account)
            minor = pain.minor(amount.text or "", currency) if currency in EXPONENT else 0
            state = "rejected" if refused else "accepted"
            name = row.findtext("Cdtr/Nm")
            if self.books.order((id_, batch, number, minor, name, account, state)):
                answers.append((id_, "RJCT" if refused else "ACSP", refused))
        if answers:
            said = messages.status_report(self._id(), self.clock.now(), batch, answers)
            self._write("pain.002", said)
        return len(answers)

    def _refusal(self, number: str, currency: str, account: str | None) -> str | None:
        """Why an order is rejected (ISO 20022 external status reasons), or None."""
        wish = self.books.wished("reject")
        if wish is not None:
            self.books.wish("reject", None)
            return wish
        known = {own: money for own, money, _, _ in self.books.accounts()}
        if number not in known:
            return "AC02"
        if currency != known[number]:
            return "AM03"
        return None if account is not None and iban.valid(account) else "AC01"

    def book_orders(self) -> int:
        """Book what was accepted, with a camt.054 for each; how many."""
        if self.books.wished("delay") is not None:
            return 0
        rows = self.books.orders("accepted")
        for end_to_end, number, minor, name, account in rows:
            entry = self.books.book(
                number,
                False,
                minor,
                self.clock.now().date(),
                end_to_end=end_to_end,
                name=name,
                iban=account,
            )
            self.books.turn(end_to_end, "booked")
            self._notify(number, entry)
        return len(rows)

    def state(self) -> list[Path]:
        """Write a camt.053 for each account: what happened since the last."""
        written: list[Path] = []
        today = self.clock.now().date()
        for number, currency, _, version in self.books.accounts():
            entries = self.books.unstated(number)
            first = entries[0].on if entries else today
            opening, closing, sequence = self.books.state(number)
            head = Head(self._id(), self.clock.now(), number, currency, sequence, version)
            said = messages.statement(head, opening, closing, first, today, entries)
            written.append(self._write("camt.053", said))
        return written

    def step(self) -> int:
        """One look at the folder: orders are read, and those of earlier looks booked."""
        return self.book_orders() + self.read_orders()

    def run(self, stop: threading.Event, *, every_seconds: float, statement_seconds: float) -> None:
        """Work until `stop` is set, with a statement whenever so long has passed."""
        stated_at = self.clock.now()
        while not stop.wait(every_seconds):
            self.step()
            if (self.clock.now() - stated_at).total_seconds() >= statement_seconds:
                self.state()
                stated_at = self.clock.now()

    def _notify(self, number: str, entry: Entry) -> None:
        version, currency = next((v, c) for n, c, _, v in self.books.accounts() if n == number)
        head = Head(self._id(), self.clock.now(), number, currency, 0, version)
        self._write("camt.054", messages.notification(head, [entry]))

    def _id(self) -> str:
        return f"SBX{self.clock.now():%Y%m%d%H%M%S}{secrets.token_hex(6)}"

    def _write(self, kind: str, content: bytes) -> Path:
        name = f"{self.clock.now():%Y%m%dT%H%M%S%f}-{kind}-{secrets.token_hex(3)}.xml"
        folders.put(self.where.into, name, content)
        return self.where.into / name
