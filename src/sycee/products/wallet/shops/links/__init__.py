"""Links that a shop sends: whoever has one sees what is asked and pays it, once or many times."""
