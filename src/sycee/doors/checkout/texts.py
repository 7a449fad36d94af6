"""What the page says, in English, Chinese and German; and amounts as each language writes them."""

from __future__ import annotations

from typing import NamedTuple

from sycee.kit.money import format_major

SIGNS = {"CNY": "¥", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥", "KRW": "₩", "USD": "$"}


class Texts(NamedTuple):
    """The sentences of the page in one language."""

    lang: str
    pay: str
    for_: str
    order: str
    state: str
    verified: str
    any_amount: str
    least: str
    scan: str
    scan_why: str
    wallet: str
    by_code: str
    code: str
    code_why: str
    pay_button: str
    back_to_page: str
    waits: str
    open: str
    paid: str
    closed: str
    expired: str
    ended_why: str
    back: str
    unknown: str
    unknown_why: str
    again: str
    wrong_form: str
    code_refused: str
    code_spent: str
    funds: str

    def why(self, code: str) -> str:
        """Why a pay code did not pay, for the code of a refusal."""
        if code in ("mandate-spent", "mandate-expired", "pay-code-off-time"):
            return self.code_spent
        return self.funds if code == "buyer-lacks-funds" else self.code_refused


EN = Texts(
    lang="en",
    pay="Pay",
    for_="For",
    order="Order",
    state="State",
    verified="Checked shop",
    any_amount="You say how much",
    least="From {sum}",
    scan="Scan to pay",
    scan_why="With the camera of your phone, or in the wallet under Scan.",
    wallet="Open the wallet",
    by_code="Type a pay code",
    code="Pay code",
    code_why="The 18 digits that your wallet shows under Pay code. They are good for a minute.",
    pay_button="Pay",
    back_to_page="Other ways to pay",
    waits="This page sees by itself when it is paid.",
    open="Waiting for your payment",
    paid="Paid",
    closed="No longer to be paid",
    expired="Expired",
    ended_why="Nothing was taken. Ask the shop for a new link.",
    back="Back to the shop",
    unknown="There is nothing to pay here",
    unknown_why="The link is wrong or was taken back. Nothing was paid.",
    again="Try again in a moment.",
    wrong_form="The form cannot be read.",
    code_refused="This code cannot pay. Show a fresh one, and look whether it may take the amount.",
    code_spent="This code was used or is too old. Show a fresh one.",
    funds="There is not enough money in the wallet of this code.",
)
ZH = Texts(
    lang="zh-Hans",
    pay="付款",
    for_="商品",
    order="订单",
    state="状态",
    verified="已核验商户",
    any_amount="金额由您填写",
    least="{sum} 起",
    scan="扫码支付",
    scan_why="用手机相机，或在钱包的“扫一扫”中扫描。",
    wallet="打开钱包",
    by_code="输入付款码",
    code="付款码",
    code_why="钱包“付款码”页上的 18 位数字，一分钟内有效。",
    pay_button="确认付款",
    back_to_page="其他付款方式",
    waits="付款后本页会自动更新。",
    open="等待付款",
    paid="已付款",
    closed="已关闭，无法付款",
    expired="已过期",
    ended_why="没有扣款。请向商户索取新的链接。",
    back="返回商户",
    unknown="这里没有要付的款项",
    unknown_why="链接有误或已被收回，没有付款。",
    again="请稍后再试。",
    wrong_form="看不懂这份表单。",
    code_refused="这个付款码无法付款。请刷新付款码，并确认其限额足够。",
    code_spent="付款码已使用或已过期，请刷新付款码。",
    funds="该钱包余额不足。",
)
DE = Texts(
    lang="de",
    pay="Bezahlen",
    for_="Wofür",
    order="Bestellung",
    state="Stand",
    verified="Geprüftes Geschäft",
    any_amount="Sie bestimmen den Betrag",
    least="ab {sum}",
    scan="Zum Zahlen scannen",
    scan_why="Mit der Kamera des Telefons oder in der Wallet unter „Scannen“.",
    wallet="Wallet öffnen",
    by_code="Zahlcode eintippen",
    code="Zahlcode",
    code_why="Die 18 Ziffern, die Ihre Wallet unter „Zahlcode“ zeigt. Sie gelten eine Minute.",
    pay_button="Bezahlen",
    back_to_page="Andere Wege zu zahlen",
    waits="Diese Seite merkt von selbst, wenn bezahlt ist.",
    open="Wartet auf Ihre Zahlung",
    paid="Bezahlt",
    closed="Kann nicht mehr bezahlt werden",
    expired="Abgelaufen",
    ended_why="Es wurde nichts abgebucht. Bitten Sie das Geschäft um einen neuen Link.",
    back="Zurück zum Geschäft",
    unknown="Hier gibt es nichts zu zahlen",
    unknown_why="Der Link ist falsch oder wurde zurückgenommen. Es wurde nichts bezahlt.",
    again="Bitte versuchen Sie es gleich noch einmal.",
    wrong_form="Das Formular ist nicht lesbar.",
    code_refused="Mit diesem Code geht es nicht. Zeigen Sie einen neuen, der genug abbuchen darf.",
    code_spent="Dieser Code ist verbraucht oder zu alt. Zeigen Sie einen neuen.",
    funds="In der Wallet zu diesem Code ist nicht genug Geld.",
)
SPOKEN = {"en": EN, "zh": ZH, "de": DE}


def spoken(accepted: str, chosen: str = "") -> Texts:
    """The texts for an `Accept-Language` header (RFC 9110, 12.5.4); a chosen language wins."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:400].split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            rank = float(weight) if weight else 1.0
        except ValueError:
            rank = 0.0
        ranked.append((-rank, place, name[:2].lower()))
    for name in (chosen, *(name for _, _, name in sorted(ranked))):
        if name in SPOKEN:
            return SPOKEN[name]
    return EN


def amount(minor: int, currency: str, lang: str) -> str:
    """An amount as a reader of `lang` writes it: `¥1,234.50`, `1.234,50 ¥`."""
    whole, dot, part = format_major(minor, currency).partition(".")
    grouped = f"{int(whole):,}" + dot + part
    sign = SIGNS.get(currency, currency)
    if lang == "de":
        return f"{grouped.translate(str.maketrans(',.', '.,'))}\u00a0{sign}"
    return f"{sign}{grouped}" if currency in SIGNS else f"{sign}\u00a0{grouped}"
