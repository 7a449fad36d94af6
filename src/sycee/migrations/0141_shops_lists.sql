SET lock_timeout = '5s';

-- A shop's codes and links by sort and state, so that a list of some does not look through all that
-- the shop ever made. In place of the index without the two, so a code costs as many entries as
-- before; being paid made a new one in every index already.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX offer_list ON shops.offer (payee, sort, state, id);
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX shops.offer_payee;
