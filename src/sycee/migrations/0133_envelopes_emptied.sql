SET lock_timeout = '5s';

-- Links by their envelope: every server asks each second which were emptied.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX link_envelope ON envelopes.link (envelope);
