SET lock_timeout = '5s';

-- Under which heading someone wants to see what moves between them and a party, where what the
-- money moved for does not say it. Without a row that decides.
CREATE TABLE people.category (
    owner    uuid NOT NULL,
    party    uuid NOT NULL,
    category text NOT NULL,
    PRIMARY KEY (owner, party)
);
