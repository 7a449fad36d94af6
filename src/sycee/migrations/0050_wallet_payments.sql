SET lock_timeout = '5s';

-- What a payment was beside its amount: how much of it is a tip, how surely its payer approved
-- (NULL = by a signature over this very payment), at which of the payee's devices it was taken, by
-- which code or link it came, and how much went back.
ALTER TABLE wallet.transfers
    ADD COLUMN tip_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN grade text,
    ADD COLUMN device uuid,
    ADD COLUMN origin uuid,
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0;

-- Money given back by whoever was paid. The price goes back by a reversal in the ledger of the same
-- id as the refund, a tip by one of its own. Distributed by `payer`, like the payment.
CREATE TABLE wallet.refunds (
    payer uuid NOT NULL,
    id uuid NOT NULL,
    transfer uuid NOT NULL,
    payee uuid NOT NULL,
    amount_minor bigint NOT NULL,
    tip_minor bigint NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    device uuid,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (payer, id),
    CONSTRAINT refunds_amount CHECK (amount_minor > 0 AND tip_minor BETWEEN 0 AND amount_minor)
);

CREATE INDEX refunds_of_transfer ON wallet.refunds (payer, transfer, id);
CREATE INDEX refunds_of_payee ON wallet.refunds (payee, id);
