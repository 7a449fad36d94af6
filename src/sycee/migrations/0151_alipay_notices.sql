SET lock_timeout = '5s';

-- What a shop was told, by app and by where it stands, newest first: the shop reads those it never
-- answered, however many it did. A notice enters once more when it is given up or taken.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX notices_state ON alipay.notices (app_id, (
    CASE WHEN accepted_at IS NOT NULL THEN 'delivered' WHEN attempts >= 8 THEN 'dead'
         ELSE 'waiting' END
), id);
