"""A shop on `python-alipay-sdk`: one call a line of JSON in, one outcome a line of JSON out.

Runs in a virtual environment of its own; the SDK is as published but for the gateway's address.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

sdk: Any = importlib.import_module("alipay")


def connect(keys: dict[str, str]) -> Any:
    """The SDK's client, in certificate mode when there are certificates."""
    if "app_cert" in keys:
        client = sdk.DCAliPay(
            appid=keys["app_id"],
            app_private_key_string=keys["app_private_key"],
            app_public_key_cert_string=keys["app_cert"],
            alipay_public_key_cert_string=keys["alipay_cert"],
            alipay_root_cert_string=keys["alipay_root_cert"],
        )
    else:
        client = sdk.AliPay(
            appid=keys["app_id"],
            app_private_key_string=keys["app_private_key"],
            alipay_public_key_string=keys["alipay_public_key"],
            sign_type=keys.get("sign_type", "RSA2"),
        )
    client._gateway = keys["gateway"]
    return client


def main() -> None:
    client = connect(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        call, given = json.loads(line)
        try:
            outcome = {"result": getattr(client, call)(**given)}
        except sdk.AliPayValidationError:
            outcome = {"error": "response signature"}
        except sdk.AliPayException as error:
            outcome = {"error": str(error)}
        print(json.dumps(outcome), flush=True)


main()
