SET lock_timeout = '5s';

CREATE SCHEMA policy;

-- A gate is shut from the moment it is activated (or due) until it is lifted; a lift ends it, it is
-- never edited into something else. No row = open.
CREATE TABLE policy.gate (
    id            uuid        NOT NULL PRIMARY KEY,
    product       text        NOT NULL,
    operation     text        NOT NULL,
    jurisdiction  text        NOT NULL,
    exempt        text[]      NOT NULL DEFAULT '{}',
    order_id      uuid,
    effective_at  timestamptz NOT NULL,
    activated_at  timestamptz,
    lift_at       timestamptz,
    created_at    timestamptz NOT NULL
);

CREATE INDEX gate_operation ON policy.gate (product, operation);
CREATE INDEX gate_waiting ON policy.gate (effective_at) WHERE activated_at IS NULL;

-- Limits as dated data: '*' stands for every jurisdiction, tier, product or operation.
CREATE TABLE policy.limit_rule (
    id            uuid        NOT NULL PRIMARY KEY,
    pack          text        NOT NULL,
    name          text        NOT NULL,
    jurisdiction  text        NOT NULL,
    tier          text        NOT NULL,
    product       text        NOT NULL,
    operation     text        NOT NULL,
    currency      text        NOT NULL,
    "window"      text        NOT NULL,
    amount_minor  bigint,
    count         bigint,
    from_at       timestamptz NOT NULL,
    until_at      timestamptz
);

CREATE INDEX limit_rule_currency ON policy.limit_rule (currency, product, operation);

-- What a party has used of a limit in a window; `window_on` is the window's first day where the
-- party is. Distributed by party.
CREATE TABLE policy.usage (
    party         uuid   NOT NULL,
    limit_id      uuid   NOT NULL,
    window_on     date   NOT NULL,
    amount_minor  bigint NOT NULL,
    count         bigint NOT NULL,
    PRIMARY KEY (party, limit_id, window_on)
);
