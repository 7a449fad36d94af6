SET lock_timeout = '5s';

-- Under which id a rule's use is counted: that of the first rule of its name with the same window
-- and filters, so that a rule that supersedes another goes on counting. NULL = under its own.
ALTER TABLE policy.limit_rule ADD COLUMN counter uuid;

-- Why the money moves: a rule may bound some transfer codes alone, and '*' bounds all.
ALTER TABLE policy.limit_rule ADD COLUMN code text NOT NULL DEFAULT '*';
