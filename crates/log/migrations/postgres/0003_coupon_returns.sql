-- A coupon comes back once from each sale, however many tills refund it (C4, I9): here is which did. The same table as in SQLite.
CREATE TABLE coupon_return (
    account BYTEA NOT NULL CHECK (octet_length(account) = 17),
    sale UUID NOT NULL,
    PRIMARY KEY (account, sale)
);

-- How far of the sequence the accounts have read what came back so. Up to `escrowed` they counted each refund: that is looked through
-- once, while `building`. After it a program that counts each refund can append no more.
ALTER TABLE head ADD COLUMN returned BIGINT NOT NULL DEFAULT 0;
UPDATE head SET building = TRUE;
ALTER TABLE head
    ADD CONSTRAINT head_returned CHECK (building OR returned = seq);
