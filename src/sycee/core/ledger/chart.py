"""The chart of accounts and the codes of transfers: names people read, numbers rows carry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Class(StrEnum):
    """The five classes of double entry; the first and the fourth grow on the debit side."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"
    EQUITY = "equity"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the chart: its name, its number in the database, its class, and what it is."""

    name: str
    number: int
    cls: Class
    sentence: str

    @property
    def credit_normal(self) -> bool:
        """Whether credits raise the balance (liability, income, equity) or debits do."""
        return self.cls not in (Class.ASSET, Class.EXPENSE)


_LINES = (
    Line("bank", 100, Class.ASSET, "Customers' money in the safeguarding bank."),
    Line("loans", 110, Class.ASSET, "What borrowers owe the house."),
    Line("fees-receivable", 120, Class.ASSET, "Fees earned and not yet collected."),
    Line("wallet", 200, Class.LIABILITY, "A person's money, payable on demand."),
    Line("merchant", 210, Class.LIABILITY, "A shop's takings, payable on demand."),
    Line("escrow", 220, Class.LIABILITY, "The pot of one trade: what is in it is what it holds."),
    Line("envelope", 230, Class.LIABILITY, "The pot of one red envelope."),
    Line("gift", 235, Class.LIABILITY, "The pot of one gift, until it is opened or goes back."),
    Line("campaign", 240, Class.LIABILITY, "The pot of one campaign's subsidies."),
    Line("bank-transit", 250, Class.LIABILITY, "Payments on their way out through the bank."),
    Line("bank-unmatched", 260, Class.LIABILITY, "Bank money whose owner is not known yet."),
    Line("fees", 300, Class.INCOME, "What the house has earned."),
    Line("subsidies", 400, Class.EXPENSE, "What the house has given away."),
    Line("losses", 410, Class.EXPENSE, "What the house has lost."),
    Line("capital", 500, Class.EQUITY, "What the owners put in."),
    Line("exchange", 510, Class.EQUITY, "The house's position in one currency."),
)

CHART: MappingProxyType[str, Line] = MappingProxyType({line.name: line for line in _LINES})
"""Every kind of account by name, in the order of a balance sheet."""

BY_NUMBER: MappingProxyType[int, Line] = MappingProxyType({line.number: line for line in _LINES})
"""The same lines by the number that rows carry."""

POTS = frozenset({"escrow", "envelope", "gift", "campaign"})
"""Accounts that hold for one purpose; they always have floor 0."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why money moved: the code on every transfer."""

    name: str
    number: int
    sentence: str


_REASONS = (
    Reason("escrow.hold", 100, "A buyer's payment goes into the trade's pot."),
    Reason("escrow.release", 101, "The pot pays the seller."),
    Reason("escrow.refund", 102, "The pot pays the buyer back."),
    Reason("escrow.fee", 103, "The pot pays the platform's fee."),
    Reason("escrow.split", 104, "The pot pays another seller or a royalty."),
    Reason("escrow.reclaim", 105, "The seller gives back what a refund after release needs."),
    Reason("wallet.pay", 200, "A person pays a shop."),
    Reason("wallet.transfer", 201, "A person pays a person."),
    Reason("wallet.tip", 202, "What a payer gives on top of the price."),
    Reason("wallet.refund", 203, "Whoever was paid gives money back."),
    Reason("gift.send", 210, "A sender's money goes into the gift's pot."),
    Reason("gift.open", 211, "The pot pays whoever opened the gift."),
    Reason("gift.return", 212, "A gift that was not opened goes back to its sender."),
    Reason("envelope.fund", 300, "A sender's money goes into the envelope's pot."),
    Reason("envelope.claim", 301, "The pot pays whoever took a share."),
    Reason("envelope.refund", 302, "What nobody took goes back to the sender."),
    Reason("deposit.demo", 900, "Test money enters the demo town."),
    Reason("bank.in", 901, "Money arrives from the safeguarding bank."),
    Reason("bank.out", 902, "Money leaves to the safeguarding bank."),
    Reason("exchange.sell", 903, "The house takes the currency a customer sells."),
    Reason("exchange.buy", 904, "The house gives the currency a customer buys."),
    Reason("bank.withdraw", 906, "A customer's money sets out for an account elsewhere."),
    Reason("bank.reject", 907, "The bank refused a payment: its money goes back."),
    Reason("bank.return", 908, "A payment came back from the bank that got it."),
    Reason("bank.assign", 909, "Queued bank money is given to the party it belongs to."),
    Reason("bank.send-back", 910, "Queued bank money sets out to whoever sent it."),
    Reason("bank.own", 911, "Queued bank money turns out to be the house's own."),
    Reason("correction", 905, "A mistake is put right; names what it corrects by reversal."),
    Reason("test", 999, "A test or a benchmark."),
)

RANGES: MappingProxyType[str, int] = MappingProxyType(
    {
        "escrow": 100,
        "wallet": 200,
        "envelopes": 300,
        "bills": 400,
        "credit": 500,
        "card": 600,
        "rides": 700,
        "house": 900,
    }
)
"""The hundred of code numbers that each product may use."""

REASONS: MappingProxyType[str, Reason] = MappingProxyType({r.name: r for r in _REASONS})
"""Every transfer code by name."""

CODES: dict[str, int] = {r.name: r.number for r in _REASONS}
"""The number of each transfer code (a plain dict: the posting loop reads it)."""

CODE_NAMES: dict[int, str] = {r.number: r.name for r in _REASONS}
"""The name of each transfer code."""
