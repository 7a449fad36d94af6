"""Who is at the keys: passkeys, devices, sessions bound to a device, and recovery.

    passkey ──touch──▶ login ──▶ session (cookie) ──┐
    device key ──signs each request────────────────┴──▶ Caller(party, scopes, device, session)

A device holds two keys: the passkey, which a person touches to log in and to approve, and a
non-extractable key of the browser, which signs every request, so that a stolen cookie alone is
worth nothing. Ten recovery codes stand in for a lost device.
"""
