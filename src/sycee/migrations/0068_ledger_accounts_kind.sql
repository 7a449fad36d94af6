SET lock_timeout = '5s';

-- With the id as a column to search by, the one UPDATE of a large batch could take this index for
-- the primary key, and lock its rows in another order. As a column to be read it cannot.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX ledger.accounts_code;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX accounts_kind ON ledger.accounts (code) INCLUDE (id);
