"""The verbs of escrow: policy → lock → decide → post → save → journal.

Each takes `(tx, command)` and returns a `TradeResult` or raises its refusal; only `pay` is plural,
`pay(tx, commands) -> list[TradeResult | Refusal]`, for a lane. Call them through `perform`:
`perform_one(database, Call(party, key, "escrow.ship", Ship(...)), actions.ship)`.

| verb | command | who |
|---|---|---|
| `create` | `Create(by, draft, pay_seconds, settle_seconds)` | buyer or a seller |
| `change_price` | `ChangePrice(trade, by, prices, freight_minor, milestones)` | seller, unpaid |
| `cancel` | `Touch(trade, by)` | buyer or seller, unpaid |
| `pay` | `Pay(trade, by, code, mandate, shown_minor)` | buyer; seller with the buyer's pay code |
| `ship` | `Ship(trade, by, items, carrier, tracking_number)` | seller |
| `confirm`, `extend` | `Touch` | buyer |
| `release` | `Release(trade, by, amount_minor, line, seller)` | buyer; seller if no delivery |
| `submit`; `approve`, `reject` | `Review(trade, by, milestone)` | seller; buyer |
| `open_refund`, `modify_refund` | `OpenRefund`, `ModifyRefund` | buyer |
| `cancel_refund`, `send_back` | `Touch`, `SendBack` | buyer |
| `agree_refund` | `AgreeRefund(trade, by, amount_minor, returns)` | the refund's seller |
| `refuse_refund`, `receive_goods` | `Touch` | the refund's seller |
| `refund_now` | `RefundNow(trade, by, amount_minor, request_ref)` | seller |
| `split` | `Split(trade, by, payees, request_ref)` | seller |
| `open_dispute`, `add_evidence` | `OpenDispute`, `AddEvidence` | buyer or seller |
| `rule` | `Rule(trade, by, to_buyer_minor, to_payees, fee_minor)` | mediator |
| `rate` | `Rate(trade, by, stars, of)` | buyer or seller |
| `lapse`, `give_up`, `auto_confirm` | `Due(trade)` | the trade's deadlines |
| `expire_refund`, `postpone_refund` | `Due(trade)` | the refund's |
| `configure` | `Configure(category, terms, fee_bps)` | operator |

Reading: `reading.find`, `reading.find_by_out_ref`, `reading.refund_by_ref` in `escrow.reading`.
"""

from sycee.products.escrow.actions.commands import (
    AddEvidence,
    AgreeRefund,
    CategoryResult,
    ChangePrice,
    Configure,
    Create,
    Due,
    ModifyRefund,
    OpenDispute,
    OpenRefund,
    Pay,
    Rate,
    RefundNow,
    Release,
    Review,
    Rule,
    SendBack,
    Ship,
    Split,
    Touch,
    TradeResult,
)
from sycee.products.escrow.actions.deadlines import (
    auto_confirm,
    expire_refund,
    give_up,
    lapse,
    postpone_refund,
)
from sycee.products.escrow.actions.paying import pay
from sycee.products.escrow.actions.repaying import (
    add_evidence,
    agree_refund,
    cancel_refund,
    modify_refund,
    open_dispute,
    open_refund,
    receive_goods,
    refund_now,
    refuse_refund,
    rule,
    send_back,
)
from sycee.products.escrow.actions.trading import (
    approve,
    cancel,
    change_price,
    configure,
    confirm,
    create,
    extend,
    rate,
    reject,
    release,
    ship,
    split,
    submit,
)

__all__ = [
    "AddEvidence",
    "AgreeRefund",
    "CategoryResult",
    "ChangePrice",
    "Configure",
    "Create",
    "Due",
    "ModifyRefund",
    "OpenDispute",
    "OpenRefund",
    "Pay",
    "Rate",
    "RefundNow",
    "Release",
    "Review",
    "Rule",
    "SendBack",
    "Ship",
    "Split",
    "Touch",
    "TradeResult",
    "add_evidence",
    "agree_refund",
    "approve",
    "auto_confirm",
    "cancel",
    "cancel_refund",
    "change_price",
    "configure",
    "confirm",
    "create",
    "expire_refund",
    "extend",
    "give_up",
    "lapse",
    "modify_refund",
    "open_dispute",
    "open_refund",
    "pay",
    "postpone_refund",
    "rate",
    "receive_goods",
    "refund_now",
    "refuse_refund",
    "reject",
    "release",
    "rule",
    "send_back",
    "ship",
    "split",
    "submit",
]
