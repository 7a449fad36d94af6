"""Nothing secret and nobody's name can reach a log line."""

from __future__ import annotations

import ast
import re

from sycee.runtime import telemetry

METHODS = {"debug", "info", "warning", "warn", "error", "critical", "exception", "log", "bind"}
LOGGERS = re.compile(r"^_?(log|logger|logging|structlog)$", re.I)
SECRET = re.compile(
    r"(secret|password|passwd|passphrase|token|authori[sz]ation|cookie|credential|private|auth_code"
    r"|paycode|pay_code|signature|api_?key|card_number|\bpan\b|cvv|\bpin\b|display_name|real_name"
    r"|full_name|address|phone|e?mail|passport|body|headers|payload|params|evidence|free_text)",
    re.I,
)
HARMLESS = {"token_count", "secret_count", "body_bytes", "ip_address"}


def secret_looking(name: str) -> bool:
    """True when a field by this name would show a secret or a person."""
    return name not in HARMLESS and SECRET.search(name) is not None


def _logs(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    value = node.func.value
    owner = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    return node.func.attr in METHODS and LOGGERS.match(owner) is not None


def leaks(file) -> list[str]:
    """Log calls that name a secret-looking field or variable, or build their text from values."""
    found = []
    for call in filter(_logs, ast.walk(file.tree)):
        assert isinstance(call, ast.Call)
        words = [keyword.arg or "" for keyword in call.keywords]
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
            if isinstance(argument, ast.JoinedStr):
                found.append(f"{file.path}:{call.lineno} builds its text from values")
            for part in ast.walk(argument):
                if isinstance(part, ast.Name):
                    words.append(part.id)
                elif isinstance(part, ast.Attribute):
                    words.append(part.attr)
                elif isinstance(part, ast.Dict):
                    words += [str(k.value) for k in part.keys if isinstance(k, ast.Constant)]
        found += [
            f"{file.path}:{call.lineno} logs {word}" for word in words if secret_looking(word)
        ]
    return found


def test_no_log_call_names_a_secret_or_a_person(house):
    complaints = [bad for file in house for bad in leaks(file)]
    assert complaints == [], "\n".join(complaints)


def test_the_fields_that_may_be_logged_hold_no_secret():
    names = telemetry.ALLOWED
    assert len(names) > 3
    assert [name for name in names if secret_looking(name)] == []


def bypasses(file) -> list[str]:
    """Loggers of the standard library: of what they are given, only the template is kept."""
    names = {
        alias.name
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    return [f"{file.path} logs past runtime.telemetry"] if "logging" in names else []


def test_lines_are_written_by_telemetry_only(house):
    own = [file for file in house if file.module != "sycee.runtime.telemetry"]
    assert len(own) < len(house)
    complaints = [bad for file in own for bad in bypasses(file)]
    assert complaints == [], "\n".join(complaints)


def test_a_logger_past_telemetry_is_found(sample):
    assert bypasses(sample("import logging")) != []
    assert bypasses(sample("from sycee.runtime import telemetry")) == []


def test_leaks_are_found(sample):
    assert leaks(sample('log.info("paid", secret=x)')) != []
    assert leaks(sample('log.info("paid", key=api_key)')) != []
    assert leaks(sample('_log.warning("bad %s", request.body)')) != []
    assert leaks(sample('self._log.error("bad", extra={"token": 1})')) != []
    assert leaks(sample('log.info(f"paid {trade}")')) != []
    assert leaks(sample('log.info("paid", trade=trade.id, amount_minor=5)')) == []
