"""The rules of a trade: pure decisions over frozen values; no clock, no database, no chance.

Every verb has the shape `verb(trade, by, now, …) -> Decision(trade, moves, events)` and raises a
refusal otherwise. Refusals come in one order of precedence, everywhere:

1. `NotFound`: the caller has no part in the trade, so for them there is none;
2. `TradeSideDiffers`: another side of the trade may do this;
3. `TradeDeliveryDiffers`: this kind of trade has no such step;
4. `TradeStateDiffers` (`TradeNotPayable` for a payment): not in this state;
5. `DisputeOpen`, `DisputeMissing`;
6. `RefundOpen`, `RefundMissing`, `RefundStateDiffers`, `RefundRequestDiffers`;
7. `DeadlinePassed`, `DeadlineNotReached`, `TradeAlreadyExtended`, `TradeAlreadyRated`;
8. `Invalid` fields;
9. amounts: `TradeTotalDiffers`, `AmountAboveHeld`, `AmountAboveRefundable`, `LineNotLeft`,
   `MilestoneOutOfTurn`, `RulingUnbalanced`, `RulingAboveShare`;
10. the ledger's, by other names: `BuyerLacksFunds`, `SellerLacksFunds` for a reclaim, `PurseFull`,
    `PurseShut`.

A deadline binds when its sweep (or anyone's call of the same action) has acted on it; until then
a late step is accepted. Payment is the exception: it is refused from `pay_by` on.
"""
