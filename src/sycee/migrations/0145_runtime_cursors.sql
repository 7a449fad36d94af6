SET lock_timeout = '5s';

-- Never used: each reader of the journal keeps its place in its own schema.
-- squawk-ignore ban-drop-table
DROP TABLE runtime.cursors;
