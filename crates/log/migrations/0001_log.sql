-- The chain's log. Append-only migrations: this file never changes once it has been released.

-- One row. Its lock is what makes the order of commits the order of the sequence, without gaps.
CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    beside_seq INTEGER NOT NULL
);
INSERT INTO head (id, seq, beside_seq) VALUES (1, 0, 0);

CREATE TABLE device (
    no INTEGER PRIMARY KEY,
    device BLOB NOT NULL UNIQUE,
    key BLOB NOT NULL,
    store BLOB,
    till_no INTEGER NOT NULL,
    enrolled_at INTEGER NOT NULL,
    last_seen_at INTEGER,
    unsent INTEGER NOT NULL DEFAULT 0,
    revoked_at INTEGER
);

-- A code to join with. The secret itself is nowhere.
CREATE TABLE invitation (
    secret_hash BLOB PRIMARY KEY,
    store BLOB,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_by BLOB
) WITHOUT ROWID;

-- One row a replica file. `seq` and `hash` are its last operation here.
CREATE TABLE log (
    no INTEGER PRIMARY KEY,
    log BLOB NOT NULL UNIQUE,
    device BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    stopped_at INTEGER
);
CREATE INDEX log_by_device ON log (device);

-- An absent part is NULL with its hash beside it; a part that never was is empty.
CREATE TABLE op (
    gseq INTEGER PRIMARY KEY,
    log_no INTEGER NOT NULL REFERENCES log (no),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    head BLOB NOT NULL,
    detail BLOB,
    detail_hash BLOB,
    sealed BLOB,
    sealed_hash BLOB
);
CREATE UNIQUE INDEX op_by_log ON op (log_no, seq);

-- What a device signed, as it came: from `from_seq`, `ops` long.
CREATE TABLE segment (
    log_no INTEGER NOT NULL REFERENCES log (no),
    from_seq INTEGER NOT NULL,
    ops INTEGER NOT NULL,
    signature BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (log_no, from_seq, ops)
) WITHOUT ROWID;

-- What was refused because it is another branch, or a revoked device's: kept for HQ, each operation once.
CREATE TABLE branch (
    log BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    prev BLOB NOT NULL,
    device BLOB NOT NULL,
    why TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    head BLOB NOT NULL,
    detail BLOB,
    detail_hash BLOB,
    sealed BLOB,
    sealed_hash BLOB,
    UNIQUE (log, seq, hash)
);

-- And what came beside it.
CREATE TABLE branch_beside (
    log BLOB NOT NULL,
    item_hash BLOB NOT NULL,
    item BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (log, item_hash)
);

-- Beside the log, with a sequence of its own (`head.beside_seq`).
CREATE TABLE person_key (
    person BLOB PRIMARY KEY,
    no INTEGER NOT NULL UNIQUE,
    key BLOB NOT NULL
);
CREATE TABLE credential (
    staff BLOB PRIMARY KEY,
    no INTEGER NOT NULL UNIQUE,
    store BLOB,
    phc TEXT NOT NULL,
    set_at INTEGER NOT NULL
);

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
