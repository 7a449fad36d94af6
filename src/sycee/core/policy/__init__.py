"""What is allowed now: gates that stop an operation, and limits that bound it."""
