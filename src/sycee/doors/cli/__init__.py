"""The command line: one module a command, in the table of `app.py`."""
