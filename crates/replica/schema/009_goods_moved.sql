-- The newest movements of goods, by operation, until they are put to their accounts: a frame of sales moves nearly as many kinds of
-- goods as a shop has, and putting each to its account at once would write a page for each of them, with every frame.
CREATE TABLE posting_new (
    op INTEGER NOT NULL,
    account BLOB NOT NULL,
    at INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (op, account)
) WITHOUT ROWID;

-- All movements, wherever they lie. Goods are counted in thousandths of their unit: 3.
CREATE VIEW movement AS
    SELECT account, unit, at, op, amount FROM posting
    UNION ALL
    SELECT account, 3 AS unit, at, op, amount FROM posting_new;
