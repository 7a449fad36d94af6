"""A sandbox bank: a process with books of its own that reads pain files and writes camt files.

It shares two folders with the house and nothing else, least of all its database.
"""
