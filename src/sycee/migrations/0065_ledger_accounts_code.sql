SET lock_timeout = '5s';

-- An account's kind and id never change, so this costs a page when an account is opened and nothing
-- when money moves on it. Building it reads the accounts once, and postings wait for that.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX accounts_code ON ledger.accounts (code, id);
