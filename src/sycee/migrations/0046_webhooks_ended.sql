SET lock_timeout = '5s';

-- Deliveries by when they ended, for the retention of what has had its time.
CREATE INDEX delivery_ended ON webhooks.delivery (ended_at) WHERE ended_at IS NOT NULL;
