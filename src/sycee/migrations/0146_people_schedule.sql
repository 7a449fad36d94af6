SET lock_timeout = '5s';

-- Never used: what became of each day is in people.run.
-- squawk-ignore ban-drop-column
ALTER TABLE people.schedule DROP COLUMN last_state, DROP COLUMN last_on;
