SET lock_timeout = '5s';

-- Every handle by its shape: how it looks, with look-alikes made equal. A shape is claimed once, so
-- nobody takes a handle that reads like another's. A handle given up keeps its shape for a while.
CREATE TABLE parties.handle_shape (
    shape       text PRIMARY KEY,
    handle      text NOT NULL,
    party       uuid NOT NULL,
    taken_at    timestamptz NOT NULL,
    released_at timestamptz
);

CREATE INDEX handle_shape_party ON parties.handle_shape (party);

INSERT INTO parties.handle_shape (shape, handle, party, taken_at)
SELECT
    replace(replace(translate(handle, '01i5._-', 'olls'), 'rn', 'm'), 'vv', 'w'),
    handle,
    party,
    to_timestamp(0)
FROM parties.handle
ON CONFLICT (shape) DO NOTHING;

-- How often someone looks up handles: the time up to which what was asked is paid for.
CREATE TABLE parties.look_up (
    party  uuid PRIMARY KEY,
    due_at timestamptz NOT NULL
);
