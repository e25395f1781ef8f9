-- The chain's log in PostgreSQL. Append-only migrations: this file never changes once it has been released.
-- The same tables as in SQLite, column for column, so that one suite and one description serve both.

-- One row. Its lock is what makes the order of commits the order of the sequence, without gaps; it is written by every push,
-- so its page has room for the versions.
CREATE TABLE head (
    id SMALLINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    beside_seq BIGINT NOT NULL CHECK (beside_seq >= 0)
) WITH (fillfactor = 10);
INSERT INTO head (id, seq, beside_seq) VALUES (1, 0, 0);

-- Its row is locked for the time of a push of the device's.
CREATE TABLE device (
    no INTEGER PRIMARY KEY,
    device UUID NOT NULL UNIQUE,
    key BYTEA NOT NULL CHECK (octet_length(key) = 32),
    store UUID,
    till_no INTEGER NOT NULL CHECK (till_no >= 1),
    enrolled_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    unsent BIGINT NOT NULL DEFAULT 0,
    revoked_at BIGINT,
    UNIQUE NULLS NOT DISTINCT (store, till_no)
) WITH (fillfactor = 50);

-- A code to join with. The secret itself is nowhere.
CREATE TABLE invitation (
    secret_hash BYTEA PRIMARY KEY,
    store UUID,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_by UUID REFERENCES device (device)
);

-- One row a replica file. `seq` and `hash` are its last operation here; `no` is a name within these tables and orders nothing.
CREATE TABLE log (
    no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    log UUID NOT NULL UNIQUE,
    device UUID NOT NULL REFERENCES device (device),
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL CHECK (octet_length(hash) = 32),
    stopped_at BIGINT
) WITH (fillfactor = 50);
CREATE INDEX log_by_device ON log (device);

-- An absent part is NULL with its hash beside it; a part that never was is empty.
CREATE TABLE op (
    gseq BIGINT PRIMARY KEY,
    log_no BIGINT NOT NULL REFERENCES log (no),
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL CHECK (octet_length(hash) = 32),
    received_at BIGINT NOT NULL,
    head BYTEA NOT NULL,
    detail BYTEA,
    detail_hash BYTEA,
    sealed BYTEA,
    sealed_hash BYTEA,
    UNIQUE (log_no, seq)
);

-- What a device signed, as it came: from `from_seq`, `ops` long.
CREATE TABLE segment (
    log_no BIGINT NOT NULL REFERENCES log (no),
    from_seq BIGINT NOT NULL,
    ops BIGINT NOT NULL,
    signature BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (log_no, from_seq, ops)
);

-- What was refused because it is another branch, or a revoked device's: kept for HQ, each operation once, in the order it came.
CREATE TABLE branch (
    no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    log UUID NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL CHECK (octet_length(hash) = 32),
    prev BYTEA NOT NULL CHECK (octet_length(prev) = 32),
    device UUID NOT NULL,
    why TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    head BYTEA NOT NULL,
    detail BYTEA,
    detail_hash BYTEA,
    sealed BYTEA,
    sealed_hash BYTEA,
    UNIQUE (log, seq, hash)
);

-- And what came beside it.
CREATE TABLE branch_beside (
    log UUID NOT NULL,
    item_hash BYTEA NOT NULL,
    item BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (log, item_hash)
);

-- Beside the log, with a sequence of its own (`head.beside_seq`).
CREATE TABLE person_key (
    person UUID PRIMARY KEY,
    no BIGINT NOT NULL UNIQUE,
    key BYTEA NOT NULL CHECK (octet_length(key) = 32)
);
CREATE TABLE credential (
    staff UUID PRIMARY KEY,
    no BIGINT NOT NULL UNIQUE,
    store UUID,
    phc TEXT NOT NULL,
    set_at BIGINT NOT NULL
);

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);
