-- The accounts that parts are lent of, and what was lent (E3, I7). They change in the transaction of what changes them. The same
-- tables as in SQLite, column for column, but for `building`.

-- `recall_seq` grows whenever something is called back: who waits looks again. `escrowed` is how far of the sequence the accounts have
-- read. A log from before this step reads what it holds once, while `building`; after that the two go together, so that a program
-- that knows no accounts can append no more.
ALTER TABLE head
    ADD COLUMN recall_seq BIGINT NOT NULL DEFAULT 0 CHECK (recall_seq >= 0),
    ADD COLUMN escrowed BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN building BOOLEAN NOT NULL DEFAULT TRUE,
    ADD CONSTRAINT head_escrowed CHECK (building OR escrowed = seq);

-- The log that began the chain counts as head office's, wherever it is written.
ALTER TABLE log ADD COLUMN founder BOOLEAN NOT NULL DEFAULT FALSE;

-- One row an account, by a byte of its kind and its id: credited = free + spent + lapsed + what remains of its leases. Rows are locked
-- in the order of their keys, after the device's row and before the head's.
CREATE TABLE escrow (
    account BYTEA PRIMARY KEY CHECK (octet_length(account) = 17),
    credited BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    lapsed BIGINT NOT NULL,
    free BIGINT NOT NULL CHECK (free >= 0),
    owed BIGINT NOT NULL CHECK (owed >= 0),
    released BIGINT NOT NULL
) WITH (fillfactor = 90);

-- Every id that was ever answered or called back, for ever. Of one that was denied there is no holder. `note` is since when it is in
-- doubt, or how much of it is at risk.
CREATE TABLE lease (
    lease UUID PRIMARY KEY,
    account BYTEA NOT NULL,
    device UUID,
    log UUID,
    term TEXT,
    granted BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    lapsing BIGINT NOT NULL,
    remaining BIGINT NOT NULL CHECK (remaining >= 0),
    stage TEXT NOT NULL,
    note BIGINT NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX lease_by_account ON lease (account, remaining);
CREATE INDEX lease_by_device ON lease (device, remaining);
CREATE INDEX lease_by_log ON lease (log, stage);

-- What a log spent of an account on its floor, and what of that is made good.
CREATE TABLE lease_floor (
    account BYTEA NOT NULL,
    log UUID NOT NULL,
    read BIGINT NOT NULL,
    good BIGINT NOT NULL,
    PRIMARY KEY (account, log)
);

-- What was freed without a seal, and on whose word: the risk that was booked (R).
CREATE TABLE lease_release (
    lease UUID PRIMARY KEY,
    word TEXT NOT NULL,
    staff UUID,
    at BIGINT NOT NULL,
    amount BIGINT NOT NULL
);

-- What an operation broke, once (I9): its place in the sequence, what happened, and the money at stake.
CREATE TABLE exception (
    gseq BIGINT NOT NULL,
    no INTEGER NOT NULL,
    what TEXT NOT NULL,
    account BYTEA NOT NULL,
    device UUID NOT NULL,
    log UUID NOT NULL,
    lease UUID,
    amount BIGINT NOT NULL,
    owed BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (gseq, no)
);
