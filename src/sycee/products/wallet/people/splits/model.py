"""A split bill. Pure."""

from __future__ import annotations

NOUN = "spl"
