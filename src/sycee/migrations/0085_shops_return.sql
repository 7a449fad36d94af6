SET lock_timeout = '5s';

-- Where the page of a link leads its payer back to: the shop that sent them.
ALTER TABLE shops.offer ADD COLUMN return_url text;
