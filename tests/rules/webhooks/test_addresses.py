"""Where a webhook may go."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from sycee.core.journal.webhooks.address import (
    LONGEST_URL,
    Forbidden,
    Target,
    check_url,
    choose,
    is_public,
    resolve,
)
from sycee.kit.errors import Invalid

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
          "64:ff9b::168.63.129.17"]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1",
    "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1",
    "192.0.0.192", "168.63.129.16", "::ffff:168.63.129.16", "fec0::1", "::7f00:1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip


@pytest.mark.parametrize("text", PUBLIC)
def test_an_address_of_the_public_internet_may_be_called(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_address_may_not_be_called_in_any_spelling(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com/hooks",
        "https://shop.example.com:8443/hooks?shop=1",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/x",
        "https://shop.example.com/".ljust(LONGEST_URL, "x"),
    ],
)
def test_a_public_address_is_taken(url: str) -> None:
    assert check_url(url, allow_private=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/",
        "ftp://shop.example.com/",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "shop.example.com",
        "https://user:secret@shop.example.com/",
        "https://:secret@shop.example.com/",
        "https://@shop.example.com/",
        "https://shop.example.com/#part",
        "https://shop.example.com:0/",
        "https://shop.example.com:99999/",
        "https://shop.example.com:port/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://db/",
        "https://db.internal/",
        "https://printer.local/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://[/",
        "https://shop.example.com/a b",
        "https://shop.example.com/\n",
        "https://bücher.example/",
        "https://shop.example.com/".ljust(LONGEST_URL + 1, "x"),
    ],
)
def test_an_address_that_is_not_public_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_url(url, allow_private=False)
    assert refused.value.field == "url"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/", "http://localhost/", "https://db/x"])
def test_the_demo_may_call_private_addresses(url: str) -> None:
    assert check_url(url, allow_private=True) == url


@pytest.mark.parametrize("url", ["ftp://localhost/", "http://user@localhost/", "http://"])
def test_the_demo_still_refuses_what_is_no_web_address(url: str) -> None:
    with pytest.raises(Invalid):
        check_url(url, allow_private=True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_what_resolves_to_a_private_address_is_not_called(host: str) -> None:
    with pytest.raises(Forbidden, match="address-not-public"):
        resolve(f"https://{host}/", allow_private=False)


@pytest.mark.parametrize("private", ["10.0.0.1", "fe80::1%eth0"])
def test_a_name_with_one_private_address_is_not_called_at_any(private: str) -> None:
    for found in ([private], ["8.8.8.8", private], [private, "8.8.8.8", "2606:4700::1111"]):
        with pytest.raises(Forbidden, match="address-not-public"):
            choose(found, allow_private=False)
    assert choose([private], allow_private=True) == private.partition("%")[0]


def test_of_several_addresses_the_older_kind_is_called_and_of_one_kind_the_first() -> None:
    both = ["2606:4700::1111", "2606:4700::1112", "8.8.8.8", "1.1.1.1"]
    assert choose(both, allow_private=False) == "8.8.8.8"
    assert choose(both[:2], allow_private=False) == "2606:4700::1111"


def test_a_name_that_is_none_is_not_found() -> None:
    with pytest.raises(Forbidden, match="name-not-found"):
        resolve(f"https://{'a' * 64}.example/", allow_private=False)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://8.8.8.8", Target("8.8.8.8", "8.8.8.8", 443, True, "/")),
        ("https://8.8.8.8:8443/a", Target("8.8.8.8", "8.8.8.8", 8443, True, "/a")),
        ("http://127.0.0.1?b=1", Target("127.0.0.1", "127.0.0.1", 80, False, "/?b=1")),
    ],
)
def test_what_a_url_leaves_out_is_as_the_scheme_has_it(url: str, target: Target) -> None:
    assert resolve(url, allow_private=True) == target


def test_a_target_keeps_the_name_and_calls_the_address() -> None:
    target = resolve("http://127.0.0.1:9000/hooks?a=1", allow_private=True)
    assert target == Target("127.0.0.1", "127.0.0.1", 9000, False, "/hooks?a=1")
    named = Target("2606:4700::1111", "shop.example.com", 443, True, "/")
    assert named.url == "https://[2606:4700::1111]:443/"
    assert named.authority == "shop.example.com"
    assert Target("8.8.8.8", "shop.example.com", 8443, True, "/").authority.endswith(":8443")
    plain = Target("::1", "::1", 80, False, "/x")
    assert (plain.url, plain.authority) == ("http://[::1]:80/x", "[::1]")
    assert Target("::1", "::1", 81, False, "/").authority == "[::1]:81"
    assert Target("8.8.8.8", "shop.example.com", 80, True, "/").authority.endswith(":80")
