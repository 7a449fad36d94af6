SET lock_timeout = '5s';

-- What came by a code or a link is counted when it is asked for, so that a popular one has no row
-- that all its payers wait for.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX transfers_of_origin ON wallet.transfers (payee, origin, id) WHERE origin IS NOT NULL;
