"""What is sealed is opened in one place, behind a journal row."""

from __future__ import annotations

import ast

VAULT = "src/sycee/core/parties/vault.py"
THEIRS = "src/sycee/doors/alipay/"  # the gateway has a keyring of its own, of apps' keys
OWN = (VAULT, "src/sycee/core/parties/sealing.py", "src/sycee/core/parties/keyring.py")


def ways_round(file) -> list[str]:
    """Places outside the vault that open a seal, or ask a keyring for people's keys."""
    if file.path in OWN or not file.path.startswith("src/") or file.path.startswith(THEIRS):
        return []
    found = []
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "sycee.core.parties.sealing":
            found += [node.lineno for name in node.names if name.name == "unseal"]
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "sealing.unseal":
            found.append(node.lineno)
        if isinstance(node, ast.Attribute) and node.attr in ("find", "key", "ensure"):
            owner = ast.unparse(node.value)
            if owner in ("keyring", "vault.keys()", "keys()"):
                found.append(node.lineno)
    return [f"{file.path}:{line} opens what is sealed beside the vault" for line in found]


def test_only_the_vault_opens_what_is_sealed(house):
    complaints = [bad for file in house for bad in ways_round(file)]
    assert complaints == [], "\n".join(complaints)


def test_a_way_round_the_vault_is_found(sample):
    tea = "src/sycee/products/tea/desk.py"
    assert ways_round(sample("from sycee.core.parties.sealing import unseal", tea)) != []
    assert ways_round(sample("text = sealing.unseal(key, who, 'name', sealed)", tea)) != []
    assert ways_round(sample("key = vault.keys().find([who])", tea)) != []
    assert ways_round(sample("key = keyring.key(who)", tea)) != []
    assert ways_round(sample("sealed = vault.keys().sealer([who])", tea)) == []
    assert ways_round(sample("text = sealing.unseal(k, w, f, s)", VAULT)) == []
