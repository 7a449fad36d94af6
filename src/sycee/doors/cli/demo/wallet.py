"""A day with the purse in the phone: from a bank to friends, shops and back to a bank."""

from __future__ import annotations

import contextlib
import csv
import io
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from sycee.doors.cli import town
from sycee.doors.cli.demo.drawing import Drawing
from sycee.doors.cli.demo.people import DemoError, Person
from sycee.doors.cli.demo.phone import Phone
from sycee.doors.cli.demo.server import serving
from sycee.kit.money import format_major
from sycee.products.wallet.statements.reading import meaning
from sycee.runtime.settings import SettingsError, load

PLACES = ("Nora", "Ben", "Dora", "the teahouse", "on its way")
TEAHOUSE, FRIENDS = "jade", ("ben", "dora")
IBAN = "GB33BUKB20201555555555"
WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays, and where it is drawn."""

    nora: Phone
    ben: Person
    dora: Person
    teahouse: Person
    hall: Person
    console: Console
    draw: Drawing
    address: str

    def step(self, sentence: str) -> None:
        """Say what happened, and draw what every place holds now."""
        trial = self.hall.get("/v1/trial-balance")
        transit = [row for row in trial if row["code"] == "bank-transit"]
        amounts = (
            self.nora.balance_minor(),
            self.ben.balance_minor(),
            self.dora.balance_minor(),
            self.teahouse.balance_minor(),
            sum(row["balance_minor"] for row in transit),
        )
        self.draw.step(sentence, dict(zip(PLACES, amounts, strict=True)))

    def say(self, sentence: str) -> None:
        """Something that moves no money."""
        self.console.print()
        self.console.print(Text.assemble(("   ", "bold"), sentence))


def wallet() -> int:
    """Tell a day with the purse in the phone: top up, pay, share, pay offline, give, withdraw.

    Nora has a software passkey, the bank is the sandbox bank with its own books, and every file
    between them is ISO 20022. Uses the server that runs, or starts one for the while.
    """
    settings, console = load(), Console(highlight=False)
    with serving(settings) as address, contextlib.ExitStack() as stack:
        people, handles = {}, (*FRIENDS, TEAHOUSE, town.OPERATOR)
        known = town.cast(settings.home, handles)
        for handle in handles:
            people[handle] = Person(address, known[handle])
            stack.callback(people[handle].close)
        nora = Phone(address, "Nora")
        stack.callback(nora.close)
        ben, dora, teahouse, hall = people.values()
        draw = Drawing(console, PLACES)
        cast = Cast(nora, ben, dora, teahouse, hall, console, draw, address)
        cast.draw.chapter("A day with the purse in the phone")
        _tell(cast)
    console.print()
    console.rule("Is every unit accounted for?", align="left")
    return subprocess.call([sys.executable, "-m", "sycee", "doctor"])


def _tell(cast: Cast) -> None:
    cast.step("Nora registers. Her phone makes a passkey; there is no password to steal.")
    _top_up(cast)
    _pay_by_code(cast)
    nora, ben = cast.nora, cast.ben
    memo = {"payee": ben.id, "amount_minor": 1_200, "currency": town.CURRENCY, "memo": "the film"}
    nora.post("/v1/payments", memo)
    cast.step("12.00 to Ben for the film: small enough for her allowance, so without a touch.")
    _split(cast)
    _offline(cast)
    _give(cast)
    _take_home(cast)
    _withdraw(cast)
    _match(cast)


def _top_up(cast: Cast) -> None:
    wish = {"amount_minor": 20_000, "currency": town.CURRENCY}
    asked = cast.nora.post("/v1/top-ups", wish)
    _bank("pay-in", "--amount", "200.00", "--reference", asked["reference"], "--name", "Nora")
    _wait(lambda: cast.nora.balance_minor() == 20_000, "the bank's file")
    cast.step(
        f"She pays 200.00 in at her bank with the reference {asked['reference_printed']}."
        " The bank's file comes, and finds her."
    )


def _pay_by_code(cast: Cast) -> None:
    shown = cast.teahouse.post("/v1/codes", {"currency": town.CURRENCY, "amount_minor": 4_800})
    seen = cast.nora.post("/v1/codes/resolve", {"text": shown["text"]})
    payee, amount = seen["offer"]["payee"]["id"], seen["amount_minor"]
    mandate = cast.nora.approve(payee, amount)
    wish = {"payee": payee, "amount_minor": amount, "currency": town.CURRENCY}
    cast.nora.post("/v1/transfers", {**wish, "mandate": mandate, "code": shown["text"]})
    cast.step("The teahouse shows a code for 48.00. Nora scans it, touches her passkey, and pays.")


def _split(cast: Cast) -> None:
    parts = [{"party": who.id} for who in (cast.nora, cast.ben, cast.dora)]
    bill = {"currency": town.CURRENCY, "rule": "equal", "total_minor": 10_000, "parts": parts}
    made = cast.nora.post("/v1/splits", bill)
    for each in made["requests"]:
        for who in (cast.ben, cast.dora):
            with contextlib.suppress(DemoError):
                who.post(f"/v1/requests/{each['id']}/pay")
                break
    asked = " and ".join(
        format_major(each["amount_minor"], town.CURRENCY) for each in made["requests"]
    )
    cast.step(f"She has paid a dinner of 100.00 and splits it in three. Her friends pay {asked}.")


def _offline(cast: Cast) -> None:
    cast.nora.enrol(10_000)
    code = cast.nora.offline_code()
    wish = {"code": code, "amount_minor": 1_850, "currency": town.CURRENCY}
    cast.teahouse.post("/v1/charges", wish)
    cast.step(f"No signal in the teahouse. Her phone computes {code}; the till takes 18.50 by it.")
    with contextlib.suppress(DemoError):
        cast.teahouse.post("/v1/charges", {**wish, "amount_minor": 1})
        raise AssertionError("a pay code was good twice")


def _give(cast: Cast) -> None:
    """A gift to somebody who has no wallet yet."""
    wish = {"amount_minor": 2_000, "currency": town.CURRENCY, "card": "birthday"}
    gift = cast.nora.post("/v1/gifts", {**wish, "memo": "Happy birthday, Kit!"})
    cast.step(
        "Kit has a birthday, and no wallet. Nora sends a link with 20.00 in it: small, so without"
        " a touch. The money waits in a pot of its own."
    )
    kit = Phone(cast.address, "Kit")
    try:
        kit.post("/v1/gift-openings", {"token": gift["token"]})
        (memo,) = kit.get(f"/v1/memos?of={gift['id']}")
        cast.say(f"Kit registers, opens it, and reads: “{memo['text']}” {_held(kit)} are his.")
    finally:
        kit.close()


def _held(phone: Phone) -> str:
    return format_major(phone.balance_minor(), town.CURRENCY)


def _take_home(cast: Cast) -> None:
    """The statement, and a receipt that is checked."""
    own = cast.nora.get("/v1/balances")[0]["account"]
    file = cast.nora.send("GET", f"/v1/statement-files?account={own}&format=csv&memos=true")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    cast.say(f"She takes her statement home, {len(rows) - 2} lines:")
    for row in rows:
        why = meaning(row["code"]) if row["code"] else row["kind"]
        what = f"{row['amount']:>9}{row['balance_after']:>9}  {why}"
        cast.console.print(Text(f"   {what}", style="dim"))
    paid = next(row["transfer"] for row in rows if row["code"] == "wallet.pay")
    receipt = cast.nora.get(f"/v1/receipts/{paid}")
    verdict = cast.nora.post("/v1/receipts/check", receipt)
    receipt["facts"]["amount_minor"] += 1
    forged = cast.nora.post("/v1/receipts/check", receipt)
    if not verdict["genuine"] or forged["differs"] != ["amount_minor"]:
        raise AssertionError(f"a receipt was judged wrongly: {verdict}, {forged}")
    cast.say("A receipt is checked against the books: genuine. One cent more, and it is not.")


def _withdraw(cast: Cast) -> None:
    amount = 5_000
    wish = {"amount_minor": amount, "currency": town.CURRENCY, "iban": IBAN, "name": "Nora"}
    mandate = cast.nora.sign("/v1/withdrawal-approvals", wish)
    made = cast.nora.post("/v1/withdrawals", {**wish, "mandate": mandate})
    cast.step(f"One touch signs amount and account: 50.00 set out for {IBAN}.")
    path = f"/v1/withdrawals/{made['id']}"
    _wait(lambda: cast.nora.get(path)["state"] == "booked", "the bank's answer")
    cast.step("The bank has read the house's file, paid, and said so in its own.")


def _match(cast: Cast) -> None:
    """The operator takes the bank's statement; every line of it has an owner."""
    before = cast.hall.get("/v1/bank/queue")["items"]
    _bank("statement")
    (account,) = cast.hall.get("/v1/bank/accounts")
    path = f"/v1/bank/accounts/{account['id']}/statements"
    _wait(lambda: bool(cast.hall.get(path)), "the bank's statement")
    if cast.hall.get("/v1/bank/queue")["items"] != before:
        raise AssertionError("a line of the statement has no owner")
    cast.say("The bank's statement comes. The operator has nothing to do: every cent is matched.")


def _bank(*command: str) -> None:
    """The sandbox bank does something, by its own switches."""
    done = subprocess.run(
        [sys.executable, "-m", "sycee", "bank", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SettingsError(f"the sandbox bank would not: {done.stderr.strip()}")


def _wait(come: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not come():
        if time.monotonic() > end:
            raise SettingsError(f"{what} did not come within {WAIT_SECONDS:.0f} s")
        time.sleep(0.2)
