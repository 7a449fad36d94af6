SET lock_timeout = '5s';

-- The device in whose session a key was made, or the key with which a key was made: where two
-- people must agree, the key is no other pair of eyes than that device. NULL: the house made it.
ALTER TABLE parties.api_key ADD COLUMN seat uuid;
