SET lock_timeout = '5s';

-- Each payment updates its payer's rows in place: room on the page keeps the index out of it.
ALTER TABLE policy.usage SET (fillfactor = 50);
