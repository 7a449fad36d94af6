SET lock_timeout = '5s';

-- A key is stored once, with its answer: no later version needs room beside it.
ALTER TABLE runtime.keys SET (fillfactor = 100);
