"""A person's rights over what is kept of them: consents, correction, export and erasure.

consent ─► vault.open asks for it        person ─► export: one document of everything
correction ─► the vault                  person ─► erasure: closed, key destroyed, books whole
"""
