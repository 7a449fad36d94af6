SET lock_timeout = '5s';

-- Since when a row counts. What was paid before, in another class or zone, was not counted in it,
-- so it gives no room back there. Of rows from before this column it is not known.
ALTER TABLE policy.usage ADD COLUMN first_at timestamptz;
