"""A shop on the official `alipay-sdk-python`: one call a line in, one outcome a line out.

Runs in a virtual environment of its own; the SDK is as published. It knows no port but 80 and 443,
so this script stands in for the port forwarding that a real shop would have in front of it.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
from typing import Any
from urllib.parse import urlsplit


def part(name: str) -> Any:
    """A module of the SDK."""
    return importlib.import_module(f"alipay.aop.api.{name}")


def forward(port: int) -> None:
    """Let connections to port 80 reach the gateway's port."""
    connect = socket.create_connection

    def redirected(address, *rest, **named):
        host, wanted = address
        return connect((host, port if wanted == 80 else wanted), *rest, **named)

    socket.create_connection = redirected


def connect(keys: dict[str, str]) -> Any:
    """The SDK's client."""
    parts = urlsplit(keys["gateway"])
    forward(parts.port or 80)
    config = part("AlipayClientConfig").AlipayClientConfig()
    config.server_url = f"http://{parts.hostname}{parts.path}"
    config.app_id = keys["app_id"]
    config.app_private_key = keys["app_private_key"]
    config.alipay_public_key = keys["alipay_public_key"]
    config.sign_type = keys.get("sign_type", "RSA2")
    config.charset = keys.get("charset", "utf-8")
    return part("DefaultAlipayClient").DefaultAlipayClient(config)


def prepare(call: str, given: dict[str, Any]) -> Any:
    """The request object of a method, its content by its own model class."""
    request = getattr(part(f"request.{call}Request"), f"{call}Request")()
    for name in ("notify_url", "return_url"):
        if name in given:
            setattr(request, name, given.pop(name))
    try:
        domain = part(f"domain.{call}Model")
        request.biz_model = getattr(domain, f"{call}Model").from_alipay_dict(given)
    except ModuleNotFoundError:
        request.biz_content = given
    return request


def main() -> None:
    client = connect(json.loads(sys.stdin.readline()))
    faults = part("exception.Exception")
    for line in sys.stdin:
        call, given = json.loads(line)
        page, _, name = call.rpartition(":")
        try:
            request = prepare(name, given)
            if page:
                outcome = {"result": client.page_execute(request, http_method=page)}
            else:
                outcome = {"result": json.loads(client.execute(request))}
        except (faults.RequestException, faults.ResponseException) as error:
            outcome = {"error": str(error)}
        print(json.dumps(outcome), flush=True)


main()
