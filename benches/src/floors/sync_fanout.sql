CREATE TABLE cursor (at INTEGER);
INSERT INTO cursor VALUES (0);
CREATE TABLE op (id INTEGER PRIMARY KEY, seq INTEGER, gseq INTEGER, hash BLOB, head BLOB, detail BLOB);
CREATE TABLE sale (
    op INTEGER PRIMARY KEY, sale BLOB, receipt_no TEXT, number INTEGER, store BLOB, device BLOB, till_no INTEGER, cashier BLOB,
    member BLOB, at INTEGER, day TEXT, line_count INTEGER, quantity_milli INTEGER, goods_fen INTEGER, off_fen INTEGER,
    total_fen INTEGER, points INTEGER, tier TEXT
);
CREATE TABLE sale_line (
    op INTEGER, no INTEGER, product BLOB, name TEXT, barcode TEXT, unit TEXT, list_price_fen INTEGER, quantity_milli INTEGER,
    amount_fen INTEGER, PRIMARY KEY (op, no)
) WITHOUT ROWID;
CREATE TABLE tender (op INTEGER, n INTEGER, kind TEXT, given_fen INTEGER, change_fen INTEGER, PRIMARY KEY (op, n)) WITHOUT ROWID;
CREATE TABLE posting (op INTEGER, n INTEGER, account TEXT, unit TEXT, amount INTEGER, PRIMARY KEY (op, n)) WITHOUT ROWID;
CREATE TABLE balance (account TEXT, unit TEXT, amount INTEGER, PRIMARY KEY (account, unit)) WITHOUT ROWID;
CREATE TABLE store_day (store BLOB, day TEXT, sales INTEGER, amount_fen INTEGER, PRIMARY KEY (store, day)) WITHOUT ROWID;
CREATE TABLE member_stat (member BLOB PRIMARY KEY, visits INTEGER, spend_fen INTEGER, last_at INTEGER) WITHOUT ROWID;
CREATE TABLE receipt (device BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;
