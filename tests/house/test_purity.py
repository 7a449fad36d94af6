"""Rules are pure: no float, no clock, no chance, no thread of their own, no stray output."""

from __future__ import annotations

import ast

RULES = ("src/sycee/core/", "src/sycee/products/", "src/sycee/oversight/")
MONEY = (*RULES, "src/sycee/kit/money.py")
# Where a float is a number of seconds or a probability, and chance only spreads retries out or
# drives a simulation by its seed: no amount is decided there.
NO_MONEY = (
    "src/sycee/core/journal/webhooks/",
    "src/sycee/oversight/transparency/counts/noise",
    "src/sycee/products/escrow/walks/",
)
ASYNC_ALLOWED = ("src/sycee/doors/", "src/sycee/runtime/http", "src/sycee/runtime/lanes")
PRINT_ALLOWED = ("src/sycee/doors/cli/", "src/sycee/__main__.py", "src/sycee/runtime/settings.py")
RETRY_ALLOWED = ("src/sycee/runtime/perform",)
GATEWAY_CODES = "src/sycee/doors/alipay/"  # whose protocol has a code 40001 of its own
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
CLOCKS |= {("datetime", "today"), ("time", "time_ns")}
RETRIED = {"SerializationFailure", "DeadlockDetected", "40001", "40P01"}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _divides(node: ast.BinOp | ast.AugAssign) -> bool:
    """True for a true division; `folder / "name"` is a path."""
    right = node.right if isinstance(node, ast.BinOp) else node.value
    text = isinstance(right, ast.JoinedStr) or (
        isinstance(right, ast.Constant) and isinstance(right.value, str)
    )
    return isinstance(node.op, ast.Div) and not text


def floats(file) -> list[str]:
    """Floats and true division: money is divided by the named functions of `kit.money` only."""
    found = []
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            found.append(f"{file.path}:{node.lineno} holds the float {node.value}")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and _divides(node):
            found.append(f"{file.path}:{node.lineno} divides")
        elif isinstance(node, ast.Name) and node.id == "float":
            found.append(f"{file.path}:{node.lineno} names float")
    return found


def clocks(file) -> list[str]:
    """Readings of the clock: a rule takes time as an argument, `tx.now` is the one reading."""
    return [
        f"{file.path}:{node.lineno} reads the clock"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (_name(node.func.value), node.func.attr) in CLOCKS
    ]


def chance(file) -> list[str]:
    """The predictable generator: what is fair or secret comes from `secrets`."""
    return [
        f"{file.path}:{node.lineno} imports random"
        for node in ast.walk(file.tree)
        if (isinstance(node, ast.Import) and any(alias.name == "random" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "random")
    ]


def coroutines(file) -> list[str]:
    """Coroutines below the doors, where everything is plain and synchronous."""
    if file.path.startswith(ASYNC_ALLOWED) or file.name == "api.py" or "/api/" in file.path:
        return []
    return [
        f"{file.path}:{node.lineno} is asynchronous"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncWith | ast.AsyncFor)
    ]


def prints(file) -> list[str]:
    """Output by `print` outside the terminal door."""
    if file.path.startswith(PRINT_ALLOWED):
        return []
    return [
        f"{file.path}:{node.lineno} prints"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and _name(node.func) == "print"
    ]


def retries(file) -> list[str]:
    """Conflicts of PostgreSQL caught anywhere but in `perform`."""
    if file.path.startswith(RETRY_ALLOWED):
        return []
    return [
        f"{file.path}:{node.lineno} catches {name}"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Attribute | ast.Name | ast.Constant)
        and (name := node.value if isinstance(node, ast.Constant) else _name(node)) in RETRIED
        and not (name == "40001" and file.path.startswith(GATEWAY_CODES))
    ]


def swallowed(file) -> list[str]:
    """Handlers that catch everything and do nothing."""
    return [
        f"{file.path}:{node.lineno} swallows every exception"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or _name(node.type) in {"Exception", "BaseException"})
        and all(isinstance(part, ast.Pass) for part in node.body)
    ]


def loose_ends(file) -> list[str]:
    """Patterns of texts that end in `$`, which for Python is before a last line feed as well."""
    return [
        f"{file.path}:{node.value.lineno} lets a line feed through: end it in \\Z"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.keyword)
        and node.arg == "pattern"
        and ast.unparse(node.value).endswith(("$'", '$"'))
    ]


def _under(house, folders):
    inside = [file for file in house if file.path.startswith(folders)]
    return [file for file in inside if not file.path.startswith(NO_MONEY)]


def test_money_never_meets_a_float(house):
    complaints = [bad for file in _under(house, MONEY) for bad in floats(file)]
    assert complaints == [], "\n".join(complaints)


def test_rules_never_read_the_clock(house):
    complaints = [bad for file in _under(house, RULES) for bad in clocks(file)]
    assert complaints == [], "\n".join(complaints)


def test_nothing_fair_or_secret_comes_from_the_predictable_generator(house):
    complaints = [bad for file in _under(house, RULES) for bad in chance(file)]
    assert complaints == [], "\n".join(complaints)


def test_everything_below_the_doors_is_synchronous(house):
    complaints = [bad for file in house for bad in coroutines(file)]
    assert complaints == [], "\n".join(complaints)


def test_only_the_terminal_door_prints(house):
    complaints = [bad for file in house for bad in prints(file)]
    assert complaints == [], "\n".join(complaints)


def test_conflicts_are_retried_in_one_place(house):
    complaints = [bad for file in house for bad in retries(file)]
    assert complaints == [], "\n".join(complaints)


def test_no_handler_swallows_every_exception(house):
    complaints = [bad for file in house for bad in swallowed(file)]
    assert complaints == [], "\n".join(complaints)


def test_no_pattern_lets_a_last_line_feed_through(house):
    complaints = [bad for file in house for bad in loose_ends(file)]
    assert complaints == [], "\n".join(complaints)


def test_impure_rules_are_found(sample):
    assert loose_ends(sample('Token = Meta(pattern="^[a-z]$")')) != []
    assert loose_ends(sample('Token = Meta(pattern=f"^{noun}$")')) != []
    assert loose_ends(sample('Token = Meta(pattern=r"^[a-z]\\Z")')) == []
    assert floats(sample("fee = amount * 0.006")) != []
    assert floats(sample("half = amount / 2")) != []
    assert floats(sample("amount = float(text)")) != []
    assert floats(sample("half = amount // 2")) == []
    assert floats(sample("page = folder / 'tea.json'")) == []
    assert clocks(sample("now = datetime.now(UTC)")) != []
    assert chance(sample("import random")) != []
    assert chance(sample("from random import choice")) != []
    assert coroutines(sample("async def pay(): ...")) != []
    assert coroutines(sample("async def pay(): ...", "src/sycee/products/tea/api.py")) == []
    assert prints(sample("print(1)")) != []
    assert retries(sample("try: x()\nexcept pg.DeadlockDetected: y()")) != []
    assert retries(sample("if error.sqlstate == '40P01': ...")) != []
    assert swallowed(sample("try: x()\nexcept Exception: pass")) != []
    assert swallowed(sample("try: x()\nexcept: pass")) != []
