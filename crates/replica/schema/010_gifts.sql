-- Coupons given with a purchase: which goods each hangs on, said by the sales that give it or stand for it; and which refunds took it back.
CREATE TABLE sale_gift (
    op INTEGER NOT NULL,
    coupon BLOB NOT NULL,
    -- Whose goods count, and which lines of it as a list.
    sale BLOB NOT NULL,
    lines TEXT NOT NULL,
    given_by BLOB NOT NULL,
    rule BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (coupon, sale, op)
) WITHOUT ROWID;
CREATE INDEX sale_gift_of_sale ON sale_gift (sale);
CREATE TABLE gift_taken (coupon BLOB NOT NULL, op INTEGER NOT NULL, PRIMARY KEY (coupon, op)) WITHOUT ROWID;
