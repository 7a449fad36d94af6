"""A JSON object has one value for each name, wherever it stands."""

import json

import pytest

from sycee.kit.members import MemberTwice, once


def test_what_names_each_member_once_is_read_as_ever():
    text = '{"a": 1, "b": {"a": [{"a": null}, {"a": 2}]}}'
    assert json.loads(text, object_pairs_hook=once) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [('{"a": 1, "a": 1}', "a"), ('{"x": [{"b": 1, "\\u0062": 2}]}', "b"), ('{"": 1, "": 2}', "")],
)
def test_a_member_named_twice_is_refused_by_name(text: str, name: str):
    with pytest.raises(MemberTwice) as caught:
        json.loads(text, object_pairs_hook=once)
    assert caught.value.name == name
