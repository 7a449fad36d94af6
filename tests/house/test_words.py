"""No empty names, no unfinished work, no foreign hosts and no traces of one machine."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "base"}
EMPTY_NAMES |= {"misc", "info", "data", "process", "handle", "handler", "handlers", "stuff"}
_MARKS = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error")
# In quotes the third one is a currency: "no currency" of ISO 4217.
UNFINISHED = re.compile("|".join(rf"(?<!\")\b{word}\b" for word in _MARKS))
HOST = re.compile(r"\b(?:https?|wss?|ftp)://(?:[^/@\s\"'`<>]*@)?(\[[0-9a-f:]+\]|[\w.{}$-]+)", re.I)
LOCAL = re.compile(r"^(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|[\w-]*\{.*|\$.*|host|.*\.?"
                   r"(example|test|invalid|localhost)(\.(com|org|net))?)$")  # fmt: skip
DOCUMENTS = {  # where a standard, a manual or a licence is to be read; nothing is fetched from them
    "www.rfc-editor.org", "datatracker.ietf.org", "www.w3.org", "json-schema.org",
    "spec.openapis.org", "www.standardwebhooks.com", "www.postgresql.org", "www.apache.org",
    "keepachangelog.com", "semver.org", "docs.astral.sh", "squawkhq.com", "opendocs.alipay.com",
    "arxiv.org", "doi.org", "docs.tigerbeetle.com", "www.iso.org", "openapi.alipay.com",
}  # fmt: skip
_REGISTRIES = (
    "py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com",
    "yarn" + "pkg.com", "crates" + ".io", "rubygems" + ".org", "docker" + ".io", "quay" + ".io",
    "ghcr" + ".io", "proxy.golang" + ".org", "anaconda" + ".org", "deb.debian" + ".org",
)  # fmt: skip
REGISTRIES = re.compile("|".join(re.escape(host) for host in _REGISTRIES))
VECTORS = ("tests/vectors/",)  # published examples, as they were published
# What a test may try to reach in order to be refused: numbers, one word, or a private network.
NOWHERE = re.compile(r"[0-9a-fx.:\[\]]+|[a-z0-9-]+|.*\.(internal|local)")
MACHINE = re.compile(r"(?<![\w.])/(?:work/|home/\w+/|root/(?!sycee-)|tmp/(?:brief|pgdev)/)")


def empty_name(path: str) -> list[str]:
    """A complaint when a file or folder is called by a name that says nothing."""
    return [
        f"{path}: {part!r} says nothing"
        for part in PurePosixPath(path).parts
        if part.partition(".")[0].lower() in EMPTY_NAMES
    ]


def unfinished(file) -> list[str]:
    """Marks of work left for later."""
    return [
        f"{file.path}:{number} {match[0]}"
        for number, line in enumerate(file.text.splitlines(), 1)
        for match in UNFINISHED.finditer(line)
    ]


def foreign_hosts(file) -> list[str]:
    """Hosts in URLs that are neither this machine, an example, nor a place to read a standard."""
    hosts = [
        (number, match[1].lower().rstrip("."))
        for number, line in enumerate(file.text.splitlines(), 1)
        for match in HOST.finditer(line)
    ]
    return [
        f"{file.path}:{number} {host}"
        for number, host in hosts
        if not LOCAL.match(host)
        and host not in DOCUMENTS
        and not (file.path.startswith("tests/") and NOWHERE.fullmatch(host))
    ]


def registries(file) -> list[str]:
    """Package registries, with or without a scheme: a mirror must do as well."""
    return [
        f"{file.path}:{number} {match[0]}"
        for number, line in enumerate(file.text.splitlines(), 1)
        for match in REGISTRIES.finditer(line)
    ]


def machine_paths(file) -> list[str]:
    """Absolute paths that exist on one machine only."""
    return [
        f"{file.path}:{number} {match[0]}"
        for number, line in enumerate(file.text.splitlines(), 1)
        for match in MACHINE.finditer(line)
    ]


def nameless(file, prefixes: set[str]) -> list[str]:
    """Things that are not found and are not named in full: by a public id's prefix, or unread."""
    calls = [
        node
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "NotFound"
    ]
    return [
        f"{file.path}:{call.lineno} {ast.unparse(call)}"
        for call in calls
        for noun in [{each.arg: ast.unparse(each.value) for each in call.keywords}.get("noun", "")]
        if not re.fullmatch(r"'[a-z]+(-[a-z]+)*'", noun) or noun[1:-1] in prefixes
    ]


def test_no_file_has_a_name_that_says_nothing(files):
    code = [file.path for file in files if file.path.startswith(("src/", "tests/", "bench/"))]
    complaints = [bad for path in code for bad in empty_name(path)]
    assert complaints == [], "\n".join(complaints)


def test_no_work_is_left_for_later(files):
    complaints = [bad for file in files for bad in unfinished(file)]
    assert complaints == [], "\n".join(complaints)


def test_no_url_leads_to_a_foreign_host(files):
    ours = [file for file in files if not file.path.startswith(VECTORS)]
    complaints = [bad for file in ours for bad in foreign_hosts(file)]
    assert complaints == [], "\n".join(complaints)


def test_no_package_registry_is_named(files):
    complaints = [bad for file in files for bad in registries(file)]
    assert complaints == [], "\n".join(complaints)


def test_no_path_of_one_machine_is_named(files):
    complaints = [bad for file in files for bad in machine_paths(file)]
    assert complaints == [], "\n".join(complaints)


def test_whatever_is_not_found_is_named_in_full(files):
    code = [file for file in files if re.fullmatch(r"src/.*\.py", file.path)]
    named = re.compile(r"""(?:\bpublic(?:_id)?\(|^[A-Z]+ = )"([a-z]{3})"(?!\w)""", re.M)
    prefixes = {found for file in code for found in named.findall(file.text)}
    assert {"par", "env", "wit"} <= prefixes
    complaints = [bad for file in code for bad in nameless(file, prefixes)]
    assert complaints == [], "\n".join(complaints)


def test_bad_names_words_hosts_and_paths_are_found(sample):
    assert empty_name("src/sycee/kit/utils.py") != []
    assert empty_name("src/sycee/common/money.py") != []
    assert empty_name("src/sycee/kit/money.py") == []
    assert unfinished(sample(f"x = 1  # {_MARKS[0]} later")) != []
    assert unfinished(sample(f"raise {_MARKS[3]}")) != []
    assert foreign_hosts(sample("get('https:/" + "/cdn.somewhere.io/x.js')")) != []
    assert foreign_hosts(sample("http:/" + "/example.com.evil.net/")) != []
    assert foreign_hosts(sample("http://127.0.0.1:8000 https://shop.example/x")) == []
    assert registries(sample(f"index = {_REGISTRIES[0]}")) != []
    assert machine_paths(sample("open('/ro" + "ot/x')")) != []
    assert nameless(sample('NotFound("par", "")'), set()) != []
    assert nameless(sample('NotFound(noun="bank line", id="")'), set()) != []
    assert nameless(sample('NotFound(noun="par", id="")'), {"par"}) != []
    assert nameless(sample('NotFound(noun="party", id="")'), {"par"}) == []
