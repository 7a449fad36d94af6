"""Money: whole minor units of an ISO 4217 currency, and divisions that conserve the sum."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sycee.kit.errors import Invalid

MAX_MINOR = 2**53
"""The largest amount of one transfer or field: what a JSON number carries exactly."""

_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP "
    "GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD "
    "LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB "
    "PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC "
    "SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
EXPONENT: dict[str, int] = {
    currency: digits for digits, row in _EXPONENTS.items() for currency in row.split()
}
"""Decimal digits of each currency's minor unit (ISO 4217, list one, 2025)."""

_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,3}))?")


def check_currency(currency: str, field: str = "currency") -> str:
    """`currency` itself, or `Invalid` when ISO 4217 does not list it."""
    if currency not in EXPONENT:
        raise Invalid(field=field, rule="must be an ISO 4217 currency code")
    return currency


def check_amount(amount_minor: int, field: str = "amount_minor") -> int:
    """`amount_minor` itself, or `Invalid` unless it is a whole number from 1 to 2**53."""
    if type(amount_minor) is not int or not 0 < amount_minor <= MAX_MINOR:
        raise Invalid(field=field, rule="must be a whole number of minor units from 1 to 2^53")
    return amount_minor


def parse_major(text: str, currency: str, field: str = "amount") -> int:
    """Minor units of a decimal such as `12.34`; never through a float.

    Refuses (with `Invalid`) signs, exponents, spaces, leading zeros and more digits than the
    currency has.
    """
    digits = EXPONENT[check_currency(currency)]
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise Invalid(field=field, rule="must be a decimal number such as 12.34")
    whole, fraction = match[1], match[2] or ""
    if len(fraction) > digits:
        raise Invalid(field=field, rule=f"has more than {digits} decimal places")
    minor = int(whole) * 10**digits + int(fraction.ljust(digits, "0") or "0")
    if minor > MAX_MINOR:
        raise Invalid(field=field, rule="is larger than 2^53 minor units")
    return minor


def format_major(amount_minor: int, currency: str) -> str:
    """`1234, CNY -> "12.34"`; the inverse of `parse_major` for amounts ≥ 0."""
    digits = EXPONENT[currency]
    sign, value = ("-", -amount_minor) if amount_minor < 0 else ("", amount_minor)
    if digits == 0:
        return f"{sign}{value}"
    whole, rest = divmod(value, 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}"


def split_by_weights(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of `total` in proportion to `weights`, summing to `total` exactly.

    Largest remainder (Hamilton's method); ties go to the earlier weight. Shapes: weights ≥ 0 with a
    positive sum, total ≥ 0.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0 or total < 0:
        raise ValueError("weights must be ≥ 0 with a positive sum, and total ≥ 0")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def split_evenly(total: int, n: int) -> list[int]:
    """`n` parts of `total` that differ by at most one unit and sum to it; larger parts first."""
    return split_by_weights(total, [1] * n)


def share_bps(amount_minor: int, bps: int) -> int:
    """`bps` hundredths of a percent of an amount, rounded half up; 0 ≤ bps ≤ 10,000."""
    if not 0 <= bps <= 10_000:
        raise ValueError("bps must be from 0 to 10,000")
    return (amount_minor * bps + 5_000) // 10_000
