SET lock_timeout = '5s';

-- An endpoint's deliveries by their state: the few that died are listed, and sent again, without
-- looking through all that arrived. In place of the index without the state, so a delivery costs as
-- many entries as before; each change of state made a new one in every index already.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX delivery_state ON webhooks.delivery (endpoint, state, id);
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX webhooks.delivery_endpoint;
