"""The refusals that routes share, and the scopes they need."""

from __future__ import annotations

from sycee.core.paycodes.model import PayCodeOffTime, WrongCodesLimited
from sycee.core.policy.model import ProductSuspended
from sycee.core.tender import model as tender
from sycee.core.tender.actions import WalletMissing
from sycee.kit.errors import Invalid, NotFound
from sycee.products.escrow.model import refusals as no

READ, WRITE = "trades:read", "trades:write"
STEP = (Invalid, NotFound, no.TradeSideDiffers, no.TradeDeliveryDiffers, no.TradeStateDiffers)
QUIET = (*STEP, no.DisputeOpen, no.RefundOpen)
MONEY = (*QUIET, no.AmountAboveHeld, no.PurseFull, no.PurseShut, ProductSuspended)
REFUND = (*STEP, no.DisputeOpen, no.RefundMissing, no.RefundStateDiffers)
REPAY = (*REFUND, no.SellerLacksFunds, no.PurseFull, no.PurseShut, ProductSuspended)
ABOVE = no.AmountAboveRefundable
TURN = no.MilestoneOutOfTurn
MANDATES = (
    tender.MandateUnknown,
    tender.MandateSpent,
    tender.MandateRevoked,
    tender.MandateExpired,
    tender.MandatePayeeDiffers,
    tender.MandateCurrencyDiffers,
    tender.MandateAmountDiffers,
    tender.MandateCeilingExceeded,
    WrongCodesLimited,
    PayCodeOffTime,
    WalletMissing,
)
