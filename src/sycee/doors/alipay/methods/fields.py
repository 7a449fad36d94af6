"""Reading `biz_content`: fields by name, and the protocol's own answer to one that is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sycee.doors.alipay.faults import Fault, business
from sycee.doors.alipay.model import CURRENCY
from sycee.doors.alipay.outbound import AddressRefused, check_address
from sycee.kit.errors import Invalid
from sycee.kit.money import parse_major

MOST_MINOR = 10_000_000_000
"""The protocol's largest amount, 100,000,000.00."""

_NUMBER = re.compile(r"[^\x00-\x20\x7f]+")
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Fields:
    """The content of a request. `prefix` stands before business codes: `ACQ.` for trades."""

    content: Mapping[str, Any]
    prefix: str = "ACQ."

    def fault(self, name: str, rule: str = "") -> Fault:
        """`INVALID_PARAMETER`, naming the field."""
        return business(f"{self.prefix}INVALID_PARAMETER", f"参数无效：{name}{rule}")

    def maybe(self, name: str, longest: int) -> str | None:
        """A text of at most `longest` characters, None when absent or empty."""
        value = self.content.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > longest or "\0" in value:
            raise self.fault(name, f" 须为不超过 {longest} 个字符的文本")
        if any(0xD800 <= ord(char) < 0xE000 for char in value):
            raise self.fault(name, " 含无效字符")
        return value

    def text(self, name: str, longest: int) -> str:
        """A text that must be there."""
        value = self.maybe(name, longest)
        if value is None:
            raise self.fault(name, " 不能为空")
        return value

    def number(self, name: str) -> str | None:
        """A number that a shop or the gateway gave: 1 to 64 characters without spaces, or None."""
        value = self.maybe(name, 64)
        if value is not None and not _NUMBER.fullmatch(value):
            raise self.fault(name, " 含空白或控制字符")
        return value

    def must_number(self, name: str) -> str:
        """A `number` that must be there."""
        value = self.number(name)
        if value is None:
            raise self.fault(name, " 不能为空")
        return value

    def amount(self, name: str) -> int:
        """Decimal yuan in minor units, from 0.01 to 100,000,000.00."""
        text = self.text(name, 64)
        if _DIGITS.fullmatch(text) and len(text.partition(".")[0].lstrip("0")) > 9:
            raise business(f"{self.prefix}TOTAL_FEE_EXCEED", "订单总金额超过限额")
        try:
            amount_minor = parse_major(text, CURRENCY, name)
        except Invalid:
            raise self.fault(name, " 须为精确到分的十进制金额") from None
        if amount_minor == 0:
            raise self.fault(name, " 须大于零")
        if amount_minor > MOST_MINOR:
            raise business(f"{self.prefix}TOTAL_FEE_EXCEED", "订单总金额超过限额")
        return amount_minor

    def check_currency(self, *names: str) -> None:
        """A fault for a currency other than the one in which every amount is read here."""
        if any(self.maybe(name, 8) not in (None, CURRENCY) for name in names):
            raise business(f"{self.prefix}CURRENCY_NOT_SUPPORT", "订单币种不支持")

    def inner(self, name: str) -> Fields:
        """An object inside the content; empty when absent."""
        value = self.content.get(name)
        if value is None:
            return Fields({}, self.prefix)
        if not isinstance(value, dict):
            raise self.fault(name, " 须为对象")
        return Fields(value, self.prefix)

    def rows(self, name: str, most: int) -> list[Fields]:
        """A list of 1 to `most` objects."""
        value = self.content.get(name)
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise self.fault(name, f" 须为 1 至 {most} 项的列表")
        if not all(isinstance(item, dict) for item in value):
            raise self.fault(name, " 各项须为对象")
        return [Fields(item, self.prefix) for item in value]


def address(text: str, name: str) -> str | None:
    """An address to be told or sent back to, None when empty; a fault when it is not one."""
    if not text:
        return None
    try:
        check_address(text)
    except AddressRefused:
        raise business("ACQ.INVALID_PARAMETER", f"参数无效：{name} 不是有效的地址") from None
    return text
