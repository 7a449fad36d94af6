"""Account numbers and payment references: IBAN (ISO 13616) and RF reference (ISO 11649).

By `python-stdnum`: it checks length, check digits and, where a country has them, the bank's own,
offline, and knows both standards; `schwifty` has no ISO 11649 and brings 4 MB of bank directory.
"""

from __future__ import annotations

import re
import secrets

from stdnum import bic as _bic
from stdnum import iban as _iban
from stdnum import iso11649
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.iso7064 import mod_97_10

from sycee.kit.errors import Invalid
from sycee.products.wallet.bank.model import IbanInvalid

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and no O; letters alone, so that any slip is found
_LENGTH = 12  # 55 bits: nobody meets another's by a guess
_CANDIDATE = re.compile(r"RF(?=([0-9]{2}(?:[\s.-]{0,2}[A-Z]){12}))")  # any place: one in another


def check(text: str, field: str = "iban") -> str:
    """The IBAN in its electronic form (capitals, no spaces); raises `IbanInvalid`."""
    if len(text) > 42 or not re.fullmatch(r"[0-9A-Za-z ]+", text):
        raise IbanInvalid(field=field, rule="has a character that no IBAN has")
    try:
        return _iban.validate(text)
    except InvalidChecksum:
        raise IbanInvalid(field=field, rule="its check digits do not fit") from None
    except ValidationError:
        raise IbanInvalid(field=field, rule="has not the form of its country") from None


def valid(text: str) -> bool:
    """Whether `check` would accept it."""
    try:
        check(text)
    except IbanInvalid:
        return False
    return True


def check_bic(text: str, field: str = "bic") -> str:
    """The BIC (ISO 9362) in capitals; raises `Invalid`."""
    try:
        return _bic.validate(text)
    except ValidationError:
        raise Invalid(field=field, rule="must be a BIC of 8 or 11 characters") from None


def reference() -> str:
    """A fresh creditor reference of ISO 11649: `RF`, two check digits, 12 letters.

    Mod 97 finds every single wrong letter among letters, which it would not among both sorts.
    """
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def references(text: str) -> list[str]:
    """Every reference of ours that stands in a text, as people write them, in order.

    Ours have 16 characters; up to two blanks, line breaks, dots or dashes may stand between two of
    them, as on a printed slip.
    """
    plain = ["RF" + re.sub(r"[\s.-]", "", match[1]) for match in _CANDIDATE.finditer(text.upper())]
    return [each for each in dict.fromkeys(plain) if iso11649.is_valid(each)]


def spaced(reference_: str) -> str:
    """The reference in groups of four, as it is printed."""
    return " ".join(reference_[i : i + 4] for i in range(0, len(reference_), 4))
