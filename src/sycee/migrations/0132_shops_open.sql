SET lock_timeout = '5s';

-- Codes and links that can be paid, by when they end: each new one is counted against them, and not
-- against all that a shop ever made. What has expired keeps its state, and is behind the moment.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX offer_open ON shops.offer (payee, coalesce(expires_at, 'infinity'))
    WHERE state = 'open';
