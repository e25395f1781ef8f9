-- What this file is, and how far it has read. Names are in meta.rs.
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- Every log met, each with the end of its chain here.
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    log BLOB NOT NULL UNIQUE,
    head_seq INTEGER NOT NULL,
    head_hash BLOB NOT NULL
);

-- Operations as they were written. gseq and received_at are the sequence mark, absent while an own one is unsent.
CREATE TABLE op (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    gseq INTEGER,
    received_at INTEGER,
    entity BLOB,
    hash BLOB NOT NULL,
    head BLOB NOT NULL,
    detail BLOB,
    detail_hash BLOB,
    sealed BLOB,
    sealed_hash BLOB
);
CREATE UNIQUE INDEX op_of_log ON op (log, seq);
-- The operations that one row is folded from.
CREATE INDEX op_of_entity ON op (entity) WHERE entity IS NOT NULL;

-- Beside the log: never in an operation, never in a digest.
CREATE TABLE person_key (person BLOB PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE credential (staff BLOB PRIMARY KEY, store BLOB, phc TEXT NOT NULL, set_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE beside_out (n INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);

-- This machine's own: how often a wrong PIN was tried.
CREATE TABLE attempt (staff BLOB PRIMARY KEY, failures INTEGER NOT NULL, locked_until INTEGER NOT NULL) WITHOUT ROWID;

-- Folded from operations.
CREATE TABLE chain (chain BLOB PRIMARY KEY, name TEXT NOT NULL, demo INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE store (id BLOB PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE device (id BLOB PRIMARY KEY, store BLOB, till_no INTEGER NOT NULL, revoked TEXT) WITHOUT ROWID;
CREATE TABLE staff (
    id BLOB PRIMARY KEY,
    store BLOB,
    role TEXT NOT NULL,
    active INTEGER NOT NULL,
    name TEXT NOT NULL,
    login TEXT
) WITHOUT ROWID;
CREATE TABLE rule (
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (id, version)
) WITHOUT ROWID;
-- What an operation of a kind newer than this program is about.
CREATE TABLE frozen (entity BLOB PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE product (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    unit TEXT NOT NULL,
    price_fen INTEGER NOT NULL,
    barcodes TEXT NOT NULL,
    name_key TEXT NOT NULL,
    pinyin TEXT NOT NULL
);
CREATE INDEX product_by_name ON product (name_key);
CREATE INDEX product_by_pinyin ON product (pinyin);
CREATE TABLE barcode (code TEXT NOT NULL, product INTEGER NOT NULL, PRIMARY KEY (code, product)) WITHOUT ROWID;
-- Names and pinyin initials, each character a word, signs too: a phrase finds any part of a name, of any length.
CREATE VIRTUAL TABLE product_words USING fts5 (
    name, initials, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
);

CREATE TABLE member (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    phone TEXT,
    name TEXT NOT NULL,
    sex TEXT,
    birthday TEXT NOT NULL,
    card_no TEXT,
    owner BLOB,
    joined_at INTEGER NOT NULL,
    joined_day TEXT NOT NULL,
    joined_store BLOB,
    last_four TEXT,
    name_key TEXT,
    given_key TEXT,
    pinyin TEXT,
    initials TEXT
);
CREATE INDEX member_by_phone ON member (phone) WHERE phone IS NOT NULL;
CREATE INDEX member_by_last_four ON member (last_four) WHERE last_four IS NOT NULL;
CREATE INDEX member_by_card ON member (card_no) WHERE card_no IS NOT NULL;
CREATE INDEX member_by_name ON member (name_key) WHERE name_key IS NOT NULL;
CREATE INDEX member_by_given ON member (given_key) WHERE given_key IS NOT NULL;
CREATE INDEX member_by_pinyin ON member (pinyin) WHERE pinyin IS NOT NULL;
CREATE INDEX member_by_initials ON member (initials) WHERE initials IS NOT NULL;
CREATE TABLE member_stat (
    member BLOB PRIMARY KEY,
    visits INTEGER NOT NULL,
    spend_fen INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) WITHOUT ROWID;
-- Members joined, by day: a figure, not a scan.
CREATE TABLE joined_day (day TEXT PRIMARY KEY, members INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE sale (
    op INTEGER PRIMARY KEY,
    sale BLOB NOT NULL,
    receipt_no TEXT NOT NULL,
    number INTEGER NOT NULL,
    store BLOB,
    device BLOB NOT NULL,
    till_no INTEGER NOT NULL,
    cashier BLOB,
    member BLOB,
    at INTEGER NOT NULL,
    day TEXT NOT NULL,
    line_count INTEGER NOT NULL,
    quantity_milli INTEGER NOT NULL,
    goods_fen INTEGER NOT NULL,
    off_fen INTEGER NOT NULL,
    total_fen INTEGER NOT NULL,
    points INTEGER NOT NULL,
    tier TEXT
);
CREATE INDEX sale_by_id ON sale (sale);
CREATE INDEX sale_of_member ON sale (member, at) WHERE member IS NOT NULL;
CREATE INDEX sale_of_day ON sale (store, day, at);
CREATE TABLE sale_line (
    op INTEGER NOT NULL,
    no INTEGER NOT NULL,
    product BLOB NOT NULL,
    name TEXT NOT NULL,
    barcode TEXT NOT NULL,
    unit TEXT NOT NULL,
    list_price_fen INTEGER NOT NULL,
    quantity_milli INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL,
    off TEXT,
    PRIMARY KEY (op, no)
) WITHOUT ROWID;
CREATE TABLE tender (
    op INTEGER NOT NULL,
    n INTEGER NOT NULL,
    kind TEXT NOT NULL,
    given_fen INTEGER NOT NULL,
    change_fen INTEGER NOT NULL,
    PRIMARY KEY (op, n)
) WITHOUT ROWID;
CREATE TABLE store_day (
    store BLOB NOT NULL,
    day TEXT NOT NULL,
    sales INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL,
    member_sales INTEGER NOT NULL,
    PRIMARY KEY (store, day)
) WITHOUT ROWID;
-- The last running number of each till.
CREATE TABLE receipt (device BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;

-- Movements of value: the two legs of each posting, and their sums.
CREATE TABLE posting (
    op INTEGER NOT NULL,
    n INTEGER NOT NULL,
    account BLOB NOT NULL,
    unit INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (op, n)
) WITHOUT ROWID;
CREATE TABLE balance (
    account BLOB NOT NULL,
    unit INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (account, unit)
) WITHOUT ROWID;
