SET lock_timeout = '5s';

-- Parties by kind and status in the order of their making, so that the operator's list of the few
-- billers, or of those that are restricted, does not look through all. A party is written when it
-- comes and when something of it changes, which no payment does.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX party_kind ON parties.party (kind, status, id);
