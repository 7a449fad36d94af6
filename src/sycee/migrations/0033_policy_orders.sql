SET lock_timeout = '5s';

-- What narrows a gate beyond its operation: an empty array stands for all, no initiator for both.
-- What was promised before is finished until the deadline, undone, or waits.
ALTER TABLE policy.gate
    ADD COLUMN channels  text[] NOT NULL DEFAULT '{}',
    ADD COLUMN tiers     text[] NOT NULL DEFAULT '{}',
    ADD COLUMN initiator text,
    ADD COLUMN accounts  uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN in_flight text   NOT NULL DEFAULT 'hold',
    ADD COLUMN deadline  timestamptz;

-- What has left the house and can no longer be called back: a row from the moment a dispatcher
-- marks it sent, under the gate, until the other side has answered for good.
CREATE TABLE policy.sent (
    subject      uuid        NOT NULL PRIMARY KEY,
    product      text        NOT NULL,
    operation    text        NOT NULL,
    jurisdiction text        NOT NULL,
    party        uuid,
    amount_minor bigint      NOT NULL,
    currency     text        NOT NULL,
    sent_at      timestamptz NOT NULL
);

CREATE INDEX sent_operation ON policy.sent (product, operation, sent_at);
