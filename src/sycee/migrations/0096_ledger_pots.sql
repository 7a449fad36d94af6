SET lock_timeout = '5s';

-- Pots by their age: who asks what is in them, or what came out of them lately, reads no others.
-- The kind and the opening of an account never change, so money that moves costs this nothing, and
-- nobody searches it by id, so the one UPDATE of a batch locks in its own order (see 0068).
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX accounts_pots ON ledger.accounts (code, opened_at) WHERE code BETWEEN 220 AND 249;
