SET lock_timeout = '5s';

-- What an order may be narrowed to, so that it lists of what was sent only what it covers. Of rows
-- that an earlier version writes only the kind is known: an order of that kind lists them.
ALTER TABLE policy.sent
    ADD COLUMN tier text,
    ADD COLUMN code text,
    ADD COLUMN channel text,
    ADD COLUMN initiator text,
    ADD COLUMN accounts uuid[];
