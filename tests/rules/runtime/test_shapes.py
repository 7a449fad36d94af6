"""What the types of requests let through."""

from __future__ import annotations

import msgspec
import pytest

from sycee.runtime.http import requests
from sycee.runtime.http.problems import Malformed
from sycee.runtime.http.shapes import Body, Currency, Reference


class Order(Body, frozen=True):
    """A body with a reference."""

    out_ref: Reference
    currency: Currency = "CNY"


def test_a_line_feed_at_the_end_is_not_part_of_a_plain_text():
    """Two references that look the same would be two orders, and one a line too many in a file."""
    decoder = msgspec.json.Decoder(Order)
    assert requests.decode(decoder, b'{"out_ref":"order-1"}') == Order("order-1")
    with pytest.raises(Malformed) as refused:
        requests.decode(decoder, b'{"out_ref":"order-1\\n"}')
    assert refused.value.field == "out_ref"
    assert refused.value.rule == "Expected `str` matching regex '^[A-Za-z0-9._:-]+$'"
