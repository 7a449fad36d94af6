SET lock_timeout = '5s';

-- Who works for a party: a person, its duty, and what it may give back in a day. Devices that were
-- asked in for someone name them.
CREATE TABLE identity.staff (
    shop         uuid NOT NULL,
    id           uuid NOT NULL,
    person       uuid NOT NULL,
    duty         text NOT NULL,
    refund_minor bigint NOT NULL CHECK (refund_minor >= 0),
    currency     text NOT NULL,
    added_at     timestamptz NOT NULL,
    removed_at   timestamptz,
    PRIMARY KEY (shop, id)
);

CREATE UNIQUE INDEX staff_person ON identity.staff (shop, person) WHERE removed_at IS NULL;

ALTER TABLE identity.device ADD COLUMN staff uuid;
