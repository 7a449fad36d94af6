SET lock_timeout = '5s';

-- A series runs under what its payer signed: `authority` stands for payee, amount, days and end as
-- they were signed, and is compared before each payment.
ALTER TABLE people.schedule ADD COLUMN mandate uuid;
ALTER TABLE people.schedule ADD COLUMN authority uuid;
