SET lock_timeout = '5s';

CREATE SCHEMA ledger;

-- One row for each account, with the four sums of double entry. `last_at` is at or after the
-- posted_at of every row of the log that names the account, so that the next one can be later. Half
-- of each page is left free: a batch rewrites the rows it touches, and they stay on their page
-- (HOT).
CREATE TABLE ledger.accounts (
    id uuid PRIMARY KEY,
    owner uuid,
    code smallint NOT NULL,
    currency text NOT NULL,
    frozen boolean NOT NULL DEFAULT false,
    closed boolean NOT NULL DEFAULT false,
    floor_minor bigint,
    ceiling_minor bigint,
    debits_posted bigint NOT NULL DEFAULT 0,
    credits_posted bigint NOT NULL DEFAULT 0,
    debits_pending bigint NOT NULL DEFAULT 0,
    credits_pending bigint NOT NULL DEFAULT 0,
    last_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE INDEX accounts_owner ON ledger.accounts (owner, code, currency);

-- The log. Rows are never updated or deleted. Kinds below 10 move money (1 transfer, 2 sweep,
-- 3 reversal, 4 capture, 5 final capture); 10 hold, 11 release, 12 extend and 13 expire move a
-- reservation on `debit`. The balances after are signed to each account's normal side. `linked` is
-- the id of the first member of the row's group. Partitioned by id, which in a version 7 UUID is
-- time.
CREATE TABLE ledger.transfers (
    id uuid NOT NULL,
    debit uuid NOT NULL,
    credit uuid,
    amount_minor bigint NOT NULL,
    code smallint NOT NULL,
    kind smallint NOT NULL,
    posted_at timestamptz NOT NULL,
    debit_after bigint NOT NULL,
    credit_after bigint,
    subject uuid,
    asked_minor bigint,
    linked uuid,
    reverses uuid,
    hold uuid,
    effective_at timestamptz,
    expires_at timestamptz,
    capture_at timestamptz,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);

CREATE INDEX transfers_debit ON ledger.transfers (debit, posted_at);
CREATE INDEX transfers_credit ON ledger.transfers (credit, posted_at);
CREATE INDEX transfers_reverses ON ledger.transfers (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX transfers_hold ON ledger.transfers (hold) WHERE hold IS NOT NULL;

-- What no monthly partition covers: ids of a stepped clock in tests, months nobody prepared.
CREATE TABLE ledger.transfers_rest PARTITION OF ledger.transfers DEFAULT;

-- The smallest version 7 UUID of a moment.
CREATE FUNCTION ledger.first_id(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0')
            || '00000000000000000000')::uuid
$$;

-- Prepare the partition of the month of `day`; true when it was made, false when it stood already
-- or when rows of that month lie in the default partition (they stay there and are found there).
CREATE FUNCTION ledger.prepare_month(day date) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    since timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
    until timestamptz := (date_trunc('month', day::timestamp) + interval '1 month')
        AT TIME ZONE 'UTC';
    name text := 'transfers_' || to_char(day, 'YYYY_MM');
BEGIN
    IF to_regclass('ledger.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM ledger.transfers_rest
               WHERE id >= ledger.first_id(since) AND id < ledger.first_id(until)) THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE ledger.%I PARTITION OF ledger.transfers FOR VALUES FROM (%L) TO (%L)',
        name, ledger.first_id(since), ledger.first_id(until));
    RETURN true;
END
$$;

SELECT ledger.prepare_month(((now() AT TIME ZONE 'UTC')::date + n * interval '1 month')::date)
FROM generate_series(-1, 3) AS months (n);

-- A reservation as it stands; its story is in the log under `hold`.
CREATE TABLE ledger.holds (
    id uuid PRIMARY KEY,
    debit uuid NOT NULL,
    credit uuid,
    code smallint NOT NULL,
    subject uuid,
    amount_minor bigint NOT NULL,
    captured_minor bigint NOT NULL DEFAULT 0,
    released_minor bigint NOT NULL DEFAULT 0,
    expires_at timestamptz,
    capture_at timestamptz,
    made_at timestamptz NOT NULL,
    closed_at timestamptz
) WITH (fillfactor = 70);

CREATE INDEX holds_expiring ON ledger.holds (expires_at)
    WHERE closed_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX holds_capturing ON ledger.holds (capture_at)
    WHERE closed_at IS NULL AND capture_at IS NOT NULL;
CREATE INDEX holds_open ON ledger.holds (debit) WHERE closed_at IS NULL;
