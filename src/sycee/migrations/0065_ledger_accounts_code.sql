SET lock_timeout = '5s';

-- An account's kind and id never change, so this costs a page when an account is opened and nothing
-- when money moves on it.
CREATE INDEX accounts_code ON ledger.accounts (code, id);
