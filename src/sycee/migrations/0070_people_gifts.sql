SET lock_timeout = '5s';

-- A gift goes back for a reason that both sides may see, and to the account that it came from.
ALTER TABLE people.gift ADD COLUMN account uuid;
ALTER TABLE people.gift ADD COLUMN why text;
ALTER TABLE people.gift ADD COLUMN transfer uuid;
