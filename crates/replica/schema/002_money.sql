-- Money beyond cash: refunds, cards, coupons, tiers by month. What is folded is folded anew after this.

-- Movements by account, newest last: a statement is one range of it. One row for each account that an operation moves.
DROP TABLE posting;
CREATE TABLE posting (
    account BLOB NOT NULL,
    unit INTEGER NOT NULL,
    at INTEGER NOT NULL,
    op INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (account, unit, at, op)
) WITHOUT ROWID;

ALTER TABLE product ADD COLUMN brand TEXT NOT NULL DEFAULT '';
ALTER TABLE product ADD COLUMN tags TEXT;

ALTER TABLE sale ADD COLUMN rounding_fen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sale ADD COLUMN tax_fen INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sale_by_receipt ON sale (receipt_no);
ALTER TABLE sale_line ADD COLUMN category TEXT NOT NULL DEFAULT '';
ALTER TABLE sale_line ADD COLUMN brand TEXT NOT NULL DEFAULT '';
ALTER TABLE sale_line ADD COLUMN added_tax_fen INTEGER NOT NULL DEFAULT 0;
-- half: 0 what was taken, 1 what was given back.
DROP TABLE tender;
CREATE TABLE tender (
    op INTEGER NOT NULL,
    half INTEGER NOT NULL,
    n INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (op, half, n)
) WITHOUT ROWID;
CREATE TABLE sale_tax (
    op INTEGER NOT NULL,
    rate_bp INTEGER NOT NULL,
    net_fen INTEGER NOT NULL,
    tax_fen INTEGER NOT NULL,
    PRIMARY KEY (op, rate_bp)
) WITHOUT ROWID;

CREATE TABLE refund (
    op INTEGER PRIMARY KEY,
    refund BLOB NOT NULL,
    receipt_no TEXT NOT NULL,
    number INTEGER NOT NULL,
    store BLOB,
    device BLOB NOT NULL,
    till_no INTEGER NOT NULL,
    cashier BLOB,
    sale BLOB,
    member BLOB,
    at INTEGER NOT NULL,
    day TEXT NOT NULL,
    quantity_milli INTEGER NOT NULL,
    total_fen INTEGER NOT NULL,
    points_taken INTEGER NOT NULL,
    points_restored INTEGER NOT NULL
);
CREATE INDEX refund_by_id ON refund (refund);
CREATE INDEX refund_by_receipt ON refund (receipt_no);
CREATE INDEX refund_of_sale ON refund (sale) WHERE sale IS NOT NULL;
CREATE INDEX refund_of_day ON refund (store, day, at);
-- Which lines of the sale came back. What they were called stands in the operation.
CREATE TABLE refund_line (
    op INTEGER NOT NULL,
    no INTEGER NOT NULL,
    quantity_milli INTEGER NOT NULL,
    PRIMARY KEY (op, no)
) WITHOUT ROWID;
ALTER TABLE store_day ADD COLUMN refunds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE store_day ADD COLUMN refund_fen INTEGER NOT NULL DEFAULT 0;

-- What a member did in a month: tiers are worked out from a few of these.
CREATE TABLE member_month (
    member BLOB NOT NULL,
    month TEXT NOT NULL,
    visits INTEGER NOT NULL,
    spend_fen INTEGER NOT NULL,
    PRIMARY KEY (member, month)
) WITHOUT ROWID;
CREATE TABLE tier_review (member BLOB PRIMARY KEY, month TEXT NOT NULL, level TEXT) WITHOUT ROWID;

-- How often a promotion was used, by one member, and by all under the empty id.
CREATE TABLE promotion_use (
    rule BLOB NOT NULL,
    member BLOB NOT NULL,
    times INTEGER NOT NULL,
    pieces INTEGER NOT NULL,
    PRIMARY KEY (member, rule)
) WITHOUT ROWID;

CREATE TABLE coupon (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    code TEXT NOT NULL,
    template BLOB NOT NULL,
    version INTEGER NOT NULL,
    member BLOB,
    from_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    batch BLOB
);
CREATE INDEX coupon_by_code ON coupon (code);
CREATE INDEX coupon_of_member ON coupon (member, until_at) WHERE member IS NOT NULL;
CREATE INDEX coupon_of_batch ON coupon (batch) WHERE batch IS NOT NULL;
CREATE TABLE batch (id BLOB PRIMARY KEY, keep INTEGER NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE card (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    card_no TEXT NOT NULL,
    kind BLOB NOT NULL,
    kind_version INTEGER NOT NULL,
    member BLOB,
    state TEXT NOT NULL,
    replaced_by BLOB,
    opened_at INTEGER NOT NULL,
    opened_store BLOB,
    -- The business day it was opened or last woken up.
    awake_day TEXT NOT NULL
);
CREATE INDEX card_by_no ON card (card_no);
CREATE INDEX card_of_member ON card (member) WHERE member IS NOT NULL;
CREATE INDEX card_replaced ON card (replaced_by) WHERE replaced_by IS NOT NULL;
-- Money onto cards, and cards paid out.
CREATE TABLE card_money (
    op INTEGER PRIMARY KEY,
    card BLOB NOT NULL,
    top_up BLOB,
    receipt_no TEXT NOT NULL,
    number INTEGER NOT NULL,
    store BLOB,
    device BLOB NOT NULL,
    cashier BLOB,
    at INTEGER NOT NULL,
    day TEXT NOT NULL,
    plan TEXT NOT NULL,
    principal_fen INTEGER NOT NULL,
    bonus_fen INTEGER NOT NULL
);
CREATE INDEX card_money_of_card ON card_money (card, at);
CREATE INDEX card_money_by_top_up ON card_money (top_up) WHERE top_up IS NOT NULL;
-- Bonus in monthly parts: promised, and given.
CREATE TABLE bonus_part (
    top_up BLOB NOT NULL,
    part INTEGER NOT NULL,
    card BLOB NOT NULL,
    day TEXT NOT NULL,
    bonus_fen INTEGER NOT NULL,
    PRIMARY KEY (top_up, part)
) WITHOUT ROWID;
CREATE INDEX bonus_part_by_day ON bonus_part (day);
CREATE INDEX bonus_part_of_card ON bonus_part (card);
CREATE TABLE bonus_given (top_up BLOB NOT NULL, part INTEGER NOT NULL, PRIMARY KEY (top_up, part)) WITHOUT ROWID;
