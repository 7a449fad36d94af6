"""Refusals of the house in the protocol's words, by the tables of business codes of each method."""

from __future__ import annotations

from sycee.doors.alipay.faults import Fault, business
from sycee.kit.errors import Invalid, Refusal
from sycee.products.escrow.model.refusals import TradeSideDiffers

_WORDS: dict[str, tuple[str, str]] = {
    # the order
    "alipay-order-missing": ("TRADE_NOT_EXIST", "交易不存在"),
    "alipay-order-differs": ("CONTEXT_INCONSISTENT", "交易信息被篡改"),
    "out-ref-taken": ("CONTEXT_INCONSISTENT", "交易信息被篡改"),
    "alipay-request-differs": ("DISCORDANT_REPEAT_REQUEST", "不一致的请求"),
    "request-ref-reused": ("DISCORDANT_REPEAT_REQUEST", "不一致的请求"),
    "alipay-cancel-not-allowed": ("CANCEL_NOT_ALLOWED", "交易不允许撤销"),
    "idempotency-key-reused": ("DISCORDANT_REPEAT_REQUEST", "不一致的请求"),
    # the trade
    "trade-side-differs": ("TRADE_STATUS_ERROR", "交易状态不合法：这一步须由买家完成"),
    "trade-delivery-differs": ("TRADE_STATUS_ERROR", "交易状态不合法：该类交易没有这一步"),
    "trade-state-differs": ("TRADE_STATUS_ERROR", "交易状态不合法"),
    "deadline-passed": ("TRADE_HAS_CLOSE", "交易已经关闭"),
    "buyer-differs": ("TRADE_BUYER_NOT_MATCH", "交易买家不匹配"),
    "dispute-open": ("REASON_TRADE_BEEN_FREEZEN", "交易被冻结：纠纷处理中"),
    "refund-open": ("REASON_TRADE_BEEN_FREEZEN", "交易被冻结：退款处理中"),
    "line-not-left": ("TRADE_STATUS_ERROR", "交易状态不合法：已全部发货"),
    # amounts
    "amount-above-refundable": ("REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限"),
    "amount-above-held": ("ALLOC_AMOUNT_VALIDATE_ERROR", "金额超过可结算金额"),
    "seller-lacks-funds": ("SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足"),
    "buyer-lacks-funds": ("BUYER_BALANCE_NOT_ENOUGH", "买家余额不足"),
    # pay codes
    "mandate-unknown": ("PAYMENT_AUTH_CODE_INVALID", "支付授权码无效"),
    "mandate-spent": ("PAYMENT_AUTH_CODE_INVALID", "支付授权码已使用"),
    "mandate-revoked": ("PAYMENT_AUTH_CODE_INVALID", "支付授权码已撤销"),
    "mandate-expired": ("PAYMENT_AUTH_CODE_INVALID", "支付授权码已过期"),
    "pay-code-off-time": ("PAYMENT_AUTH_CODE_INVALID", "支付授权码已过期：付款方手机时间不准"),
    "wrong-codes-limited": ("PAYMENT_AUTH_CODE_INVALID", "支付授权码错误次数过多，请稍后重试"),
    "mandate-payee-differs": ("PAYMENT_AUTH_CODE_INVALID", "支付授权码不属于该卖家"),
    "mandate-currency-differs": ("CURRENCY_NOT_SUPPORT", "订单币种不支持"),
    "mandate-ceiling-exceeded": ("BEYOND_PER_RECEIPT_SINGLE_RESTRICTION", "超过单笔付款限额"),
    # people and the house
    "party-restricted": ("BUYER_ENABLE_STATUS_FORBID", "账户状态异常"),
    "party-closed": ("BUYER_ENABLE_STATUS_FORBID", "账户已注销"),
    "party-has-no-purse": ("BUYER_ENABLE_STATUS_FORBID", "账户不能收付款"),
    "product-suspended": ("ACCESS_FORBIDDEN", "该功能已暂停"),
    "limit-reached": ("BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "付款金额超过限额"),
    "trade-purse-shut": ("BUYER_ENABLE_STATUS_FORBID", "账户已冻结或注销"),
    "trade-total-differs": ("CONTEXT_INCONSISTENT", "交易金额已变更"),
    "mandate-amount-differs": ("PAYMENT_AUTH_CODE_INVALID", "支付授权码的金额不符"),
    "approval-needed": ("PAYMENT_FAIL", "付款须先获批准"),
    "wallet-missing": ("BUYER_ENABLE_STATUS_FORBID", "付款方没有该币种的账户"),
    "trade-purse-full": ("PAYMENT_FAIL", "收款账户余额将超过上限"),
}

_FUND_WORDS: dict[str, tuple[str, str]] = {
    "alipay-request-differs": (
        "PAYMENT_INFO_INCONSISTENCY",
        "两次请求商户单号一样，但是参数不一致",
    ),
    "transfer-to-self": ("PAYER_PAYEE_CANNOT_SAME", "收付款方不能相同"),
    "payee-unknown": ("PAYEE_NOT_EXIST", "收款账号不存在"),
    "payee-cannot-receive": ("PAYEE_ACC_OCUPIED", "收款方不能收款"),
    "party-has-no-purse": ("PAYEE_ACC_OCUPIED", "收款方不能收款"),
    "approval-needed": ("PERMIT_CHECK_PERM_LIMITED", "付款须先获批准"),
    "insufficient-funds": ("PAYER_BALANCE_NOT_ENOUGH", "付款方余额不足"),
    "party-restricted": ("PAYER_STATUS_ERROR", "付款人账户状态异常"),
    "party-closed": ("PAYER_STATUS_ERROR", "付款人账户状态异常"),
    "account-frozen": ("PAYER_STATUS_ERROR", "付款人账户状态异常"),
    "account-closed": ("PAYER_STATUS_ERROR", "付款人账户状态异常"),
    "limit-reached": ("EXCEED_LIMIT_DM_MAX_AMOUNT", "超出单日转账限额"),
    "product-suspended": ("PERMIT_CHECK_PERM_LIMITED", "该功能已暂停"),
}

_RECEIVERS = ("payees.party", "royalties.party")
"""The fields of the house in which those stand who get a part of the price."""

_PAID = ("wait-seller-ship", "wait-buyer-confirm", "finished")


def fault_of(refusal: Refusal, node: str) -> Fault:
    """The fault that a refusal is in the answer named `node`."""
    if node.startswith("alipay_fund_"):
        code, sentence = _FUND_WORDS.get(refusal.code, ("INVALID_PARAMETER", "参数无效"))
        return business(code, sentence)
    if refusal.code == "trade-not-payable":
        if refusal.facts().get("state") in _PAID:
            return business("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
        return business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
    if refusal.code == TradeSideDiffers.code and refusal.facts().get("verb") == "pay":
        # A shop may scan for anybody: only who gets some of the money is no buyer of it.
        return business("ACQ.BUYER_SELLER_EQUAL", "买卖家不能相同：收款方不能自己付款")
    if refusal.code == Invalid.code:
        field = refusal.facts().get("field", "")
        if field == "royalties":
            return business("ACQ.ALLOC_AMOUNT_VALIDATE_ERROR", "分账金额超过订单金额")
        if field in _RECEIVERS:
            return business("ACQ.ROYALTY_RECEIVER_INVALID", "分账收款方不合法：不能是买家或卖家")
        return business("ACQ.INVALID_PARAMETER", f"参数无效：{field}")
    code, sentence = _WORDS.get(refusal.code, ("INVALID_PARAMETER", "参数无效"))
    return business(f"ACQ.{code}", sentence)
