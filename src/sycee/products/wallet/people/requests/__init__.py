"""Requests: someone asks to be paid, a person or whoever opens the link, and is paid once."""
