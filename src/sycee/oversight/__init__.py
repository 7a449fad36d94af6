"""WHO watches: offices that read everything and act only through policy; none imports another."""
