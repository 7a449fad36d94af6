SET lock_timeout = '5s';

-- Never used: refunds are beside the transfers they give back, in wallet.refunds.
-- squawk-ignore ban-drop-table
DROP TABLE people.refund;
