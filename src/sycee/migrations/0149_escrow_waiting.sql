SET lock_timeout = '5s';

-- Trades that wait for somebody, by whom they wait for: the operator's list of one state does not
-- look through all that ended. They leave it when they end, so it stays as small as what is open.
-- A change of state is a change of deadline too, and made a new entry in every index already.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX trade_waiting ON escrow.trade (state, id)
WHERE state IN ('wait-buyer-pay', 'wait-seller-ship', 'wait-buyer-confirm');
