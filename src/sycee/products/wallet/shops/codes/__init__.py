"""Codes that a shop shows: EMVCo's text with our token and signature, static or for one sale."""
