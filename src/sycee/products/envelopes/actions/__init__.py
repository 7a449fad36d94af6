"""The verbs of envelopes: send, claim (many at once), expire; groups, codes, words, circles."""

from sycee.products.envelopes.actions.claiming import Claim, Claimed, claim
from sycee.products.envelopes.actions.sending import Due, Ended, Send, Sent, expire, send

__all__ = ["Claim", "Claimed", "Due", "Ended", "Send", "Sent", "claim", "expire", "send"]
