"""Files of the home folder: whole, private, and their folder's owner's."""

from __future__ import annotations

import os

import pytest

from sycee.runtime import file


def test_a_file_is_replaced_whole_and_is_private(tmp_path):
    path = tmp_path / "deep" / "er" / "a.json"
    for content in (b"one", b"two"):
        file.put(path, content)
        assert path.read_bytes() == content
        assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for others")
def test_what_root_writes_in_somebodys_folder_is_theirs(tmp_path):
    os.chown(tmp_path, 65534, 65534)
    file.put(tmp_path / "in" / "a.json", b"one")
    for path in (tmp_path / "in", tmp_path / "in" / "a.json"):
        assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)
