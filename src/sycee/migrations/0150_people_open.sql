SET lock_timeout = '5s';

-- Open requests by who asks and when they end: each new one counts them, in its write, and had read
-- all that its asker ever made. One more entry when a request is made; that one is paid or ends
-- made new ones in every index already.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX request_open ON people.request (payee, expires_at) WHERE state = 'open';
