SET lock_timeout = '5s';

-- Whether a line was shown before by another statement. Each file is compared with those few lines,
-- and not with all that were ever booked. What stands is not, but for what is found here; NULL is
-- not known, so a version that does not write it may still run beside this.
ALTER TABLE bank.shown ADD COLUMN again boolean DEFAULT false;
-- squawk-ignore ban-drop-default
ALTER TABLE bank.shown ALTER COLUMN again DROP DEFAULT;
UPDATE bank.shown AS s SET again = true
FROM (SELECT account, line FROM bank.shown GROUP BY account, line HAVING count(*) > 1) AS t
WHERE s.account = t.account AND s.line = t.line;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX shown_again ON bank.shown (account, line) WHERE again IS NOT false;
