"""What happened, once: every action appends a row in its own transaction; others only read."""
