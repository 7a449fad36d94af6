"""HOW one comes in: HTTP, the worker, the command line and the Alipay gateway; no rules here."""
