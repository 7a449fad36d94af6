"""WHO is there: parties and their accounts, API keys, and a vault for what identifies a person."""
