-- A coupon comes back once from each sale, however many tills refund it (C4, I9): here is which did.
CREATE TABLE coupon_return (
    account BLOB NOT NULL,
    sale BLOB NOT NULL,
    PRIMARY KEY (account, sale)
) WITHOUT ROWID;

-- How far of the sequence the accounts have read what came back so. Up to `escrowed` they counted each refund: that is looked through
-- once, when the log is opened.
ALTER TABLE head ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
