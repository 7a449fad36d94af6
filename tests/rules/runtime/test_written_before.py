"""What stands in databases and on paper from before is found and opened: the bytes never change.

Each value here was made once by a released way of making it. Where one differs, people's accounts,
codes and sealed texts of yesterday would be out of reach, though all that is new would agree.
"""

from __future__ import annotations

from uuid import UUID

import pytest

from sycee.core.ledger import accounts
from sycee.core.parties import model, sealing
from sycee.core.parties.identity import recovery
from sycee.core.parties.keyring import Master
from sycee.core.parties.sealing import DataKey
from sycee.core.tender.model import id_of
from sycee.doors.alipay.model import user_number
from sycee.oversight.transparency.liabilities import actions as liabilities
from sycee.oversight.transparency.liabilities.model import leaf_id
from sycee.products.envelopes.model import code, envelope
from sycee.runtime.perform import digest
from sycee.runtime.sealer import KeySealer

KEY = bytes(range(32))
LI = UUID("019a0000-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("made", "before"),
    [
        (model.account_id(LI, "wallet", "CNY"), "019a0000-0000-8b39-8134-f679fc1d0a2d"),
        (accounts.house("fees", "CNY"), "cfd3c27e-11f8-89cc-aee9-479312be77dd"),
        (accounts.house("fees", "CNY", 3), "52f0ea94-8569-8c89-b666-148dd051368b"),
        (id_of("281234567890123456", b"key"), "e49fb649-11ef-879a-824b-8bb843148094"),
        (user_number(LI), "2088113889743540"),
        (user_number(LI, 1), "2088051836412681"),
        (Master(KEY).version, "1195568623"),
    ],
)
def test_an_account_a_mandate_a_number_and_a_key_have_the_name_that_they_had(made, before):
    assert str(made) == before


@pytest.mark.parametrize(
    ("made", "before"),
    [
        (
            recovery.digest("01ABC-DEFGH-JKMNP-QRSTV-WXYZ0-1"),
            "94fce335a555745e5f246e7856db6e1bd0cb3a749d4e75219643e0bcf02c2dee",
        ),
        (
            sealing.blind(KEY, "phone", "0086 138 0013 8000"),
            "c6274e731389236279ff3c559c08b0d819a80a981855844fc71695f5570db192",
        ),
        (
            bytes.fromhex(sealing.fingerprint(DataKey(KEY), "statement", "the cup")),
            "0fea6cbe000a9dbf7c931726c9a66db2cda04b0eb5d0a5c43a9f1ff3e5f867d0",
        ),
        (
            code.digest(KEY, "123456"),
            "c6a88cfbeab9cd66ad10696abf602add6516128dc4b7a73f811931b4b7851946",
        ),
        (
            bytes.fromhex(envelope.spoken(KEY, " 恭喜 Ｆa ")),
            "4837a6bd65e7dd4e50a093ab27d6c48061fc4c2132a1376d7abcb6c3ffae7694",
        ),
        (
            envelope.digest(KEY, "said"),
            "bfce0d9e4be00752f2361bcafc87a08b8e26c39c86c9faa9ca85da422e7fda31",
        ),
        (
            liabilities.secret_of(KEY, LI),
            "496d6dd0312c547c82adfc4b33069895cfdf405d0517095c8d558c205f808120",
        ),
        (
            leaf_id(KEY, 20_783, LI, 1),
            "da289971c02b4e49ebfa8891ac30d5a09ab42bcbe7bd24a9e8c12bbc7d64d95e",
        ),
        (
            digest("wallet.transfer", {"b": 1, "a": "x"}),
            "4c01f1a26c3103f62a946e3d8fb0134d02798ff69571456f42ba2cc43de2b975",
        ),
    ],
)
def test_a_code_a_password_and_a_command_are_recognised_by_the_digest_that_was_kept(made, before):
    assert made.hex() == before


def test_what_was_sealed_opens():
    sealed = bytes.fromhex(
        "010000000332fa873da630d0b8a90718684c00ec3bb33cd2f9452d66dbf9948136159f5821a5c0"
    )
    assert sealing.unseal(DataKey(KEY), LI, "name", sealed, 3) == "李雷"
    assert sealing.unseal(DataKey(KEY), LI, "name", sealed) == "李雷"
    kept = bytes.fromhex("7c6868eed1ea678ff663f39c7a1bc2d037c646aa0300297e9982ea3f47c9388e")
    assert KeySealer(KEY, "pay-code-seeds").open(LI, kept) == b"seed"
