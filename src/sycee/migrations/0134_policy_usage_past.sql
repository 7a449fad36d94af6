SET lock_timeout = '5s';

-- Use of limits by its window: what is past is deleted in pieces, and looked for among all of it
-- otherwise. That of a lifetime has no window, and is kept.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX usage_past ON policy.usage (window_on) WHERE window_on > '0001-01-01';
