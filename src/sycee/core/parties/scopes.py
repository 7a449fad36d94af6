"""What a caller may do: one table of scopes, and one of who may hold which.

An API key holds scopes its party gave it. A session holds all that its party and the device's duty
allow, and besides those of `SESSION_SCOPES`, which no key can have: a key that leaked must not be
able to let a new device in.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sycee.core.parties.model import Kind

SCOPES: dict[str, str] = {
    "accounts:read": "Read one's own accounts, balances and statements.",
    "trades:read": "Read the escrow trades one takes part in.",
    "trades:write": "Create, pay, ship, confirm and refund one's own escrow trades.",
    "transfers:read": "Read one's own transfers.",
    "transfers:write": "Send money from one's own accounts.",
    "contacts:read": "Read one's own contacts.",
    "contacts:write": "Change one's own contacts.",
    "sales:write": "Charge at a shop's till and give money back there, up to the owner's limit.",
    "tender:write": "Issue and revoke one's own single-use mandates to pay, such as pay codes.",
    "parties:read": "Read one's own party and the public directory.",
    "parties:write": "Change one's own party; for the operator, create and change any party.",
    "keys:write": "Issue, rotate and revoke one's own API keys.",
    "webhooks:read": "Read one's own webhook endpoints with their deliveries, and Alipay notices.",
    "webhooks:write": "Register and change one's own webhook endpoints, and have things sent anew.",
    "journal:read": "Read the journal's rows that name one.",
    "disputes:rule": "Rule on disputes between others.",
    "oversight:read": "Read orders, what they would stop, and safeguarding runs.",
    "oversight:write": "Propose, approve and decline orders, and sign safeguarding runs.",
    "operator": "Act as the operator of this house.",
}
"""Every scope with a sentence for the person who grants it. A scope's name is permanent."""

SESSION_SCOPES: dict[str, str] = {
    "session": "See and end one's own session.",
    "devices:write": "See and change one's own devices, sessions and recovery codes.",
}
"""What only a session may do: someone has touched a passkey for it."""

OVERSIGHT = frozenset({"oversight:read", "oversight:write"})
"""What the two sides of the regulator's office may do: the authority, and the house."""

OWN = frozenset(SCOPES) - {"disputes:rule", "operator"} - OVERSIGHT
"""What anyone may do with what is theirs."""


class Role(StrEnum):
    """What a party does in the house beside being a customer."""

    MEDIATOR = "mediator"
    VERIFIED = "verified"


class Duty(StrEnum):
    """What a device may do for its party: everything of its owner's, or one duty alone."""

    OWNER = "owner"
    CASHIER = "cashier"
    AUDITOR = "auditor"


TABLE: dict[str, frozenset[str]] = {
    "person": OWN,
    "merchant owner": OWN,
    "biller": OWN,
    "driver": OWN,
    "cashier": frozenset({"parties:read", "sales:write", "trades:read", "transfers:read"}),
    "operator": frozenset(SCOPES),
    "auditor": frozenset(
        {"accounts:read", "journal:read", "parties:read", "trades:read", "transfers:read"}
    ),
    "regulator": frozenset({"parties:read", "keys:write", "journal:read"}) | OVERSIGHT,
    "mediator": OWN | {"disputes:rule"},
}
"""Who may do what: the one table. A mediator is a person with the role; a cashier works at one of a
merchant's devices and may sell there; an auditor works at one of the operator's and only looks."""

KIND_SCOPES: dict[Kind, frozenset[str]] = {
    Kind.PERSON: TABLE["person"],
    Kind.MERCHANT: TABLE["merchant owner"],
    Kind.BILLER: TABLE["biller"],
    Kind.DRIVER: TABLE["driver"],
    Kind.OPERATOR: TABLE["operator"],
    Kind.REGULATOR: TABLE["regulator"],
}

ROLE_SCOPES: dict[Role, frozenset[str]] = {
    Role.MEDIATOR: TABLE["mediator"] - OWN,
    Role.VERIFIED: frozenset(),
}

DUTY_SCOPES: dict[Duty, frozenset[str]] = {
    Duty.CASHIER: TABLE["cashier"],
    Duty.AUDITOR: TABLE["auditor"],
}

DUTIES: dict[Kind, frozenset[Duty]] = {
    **dict.fromkeys(Kind, frozenset({Duty.OWNER})),
    Kind.MERCHANT: frozenset({Duty.OWNER, Duty.CASHIER}),
    Kind.OPERATOR: frozenset({Duty.OWNER, Duty.AUDITOR}),
}
"""The duties that a device of a party of each kind may have."""


def permitted(kind: Kind, roles: Iterable[str]) -> frozenset[str]:
    """The scopes that a party of this kind with these roles may give to a key of its own."""
    allowed = KIND_SCOPES[kind]
    for role in roles:
        allowed |= ROLE_SCOPES.get(Role(role), frozenset())
    return allowed


def of_session(kind: Kind, roles: Iterable[str], duty: Duty) -> frozenset[str]:
    """The scopes of a session on a device with this duty, for such a party."""
    if duty is Duty.OWNER:
        return permitted(kind, roles) | set(SESSION_SCOPES)
    return (DUTY_SCOPES[duty] & permitted(kind, roles)) | {"session"}
