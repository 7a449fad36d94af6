"""Sales: what a shop took, one by one, as it happens, and a day in numbers."""
