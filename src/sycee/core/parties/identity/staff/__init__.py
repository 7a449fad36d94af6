"""Staff: people who work for a shop, each with a duty, a daily limit, and devices of their own."""
