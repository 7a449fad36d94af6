SET lock_timeout = '5s';

-- Deliveries by when they ended, for the retention of what has had its time. The table is kept to
-- ninety days, so building the index in the migration's own transaction is a matter of seconds.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX delivery_ended ON webhooks.delivery (ended_at) WHERE ended_at IS NOT NULL;
