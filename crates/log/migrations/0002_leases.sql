-- The accounts that parts are lent of, and what was lent (E3, I7). They change in the transaction of what changes them.

-- `recall_seq` grows whenever something is called back: who waits looks again. `escrowed` is how far of the sequence the accounts have
-- read: a log from before this step reads what it holds once, when it is opened.
ALTER TABLE head ADD COLUMN recall_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE head ADD COLUMN escrowed INTEGER NOT NULL DEFAULT 0;

-- The log that began the chain counts as head office's, wherever it is written.
ALTER TABLE log ADD COLUMN founder INTEGER NOT NULL DEFAULT 0;

-- One row an account, by a byte of its kind and its id: credited = free + spent + lapsed + what remains of its leases.
CREATE TABLE escrow (
    account BLOB PRIMARY KEY,
    credited INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    lapsed INTEGER NOT NULL,
    free INTEGER NOT NULL CHECK (free >= 0),
    owed INTEGER NOT NULL CHECK (owed >= 0),
    released INTEGER NOT NULL
) WITHOUT ROWID;

-- Every id that was ever answered or called back, for ever. Of one that was denied there is no holder. `note` is since when it is in
-- doubt, or how much of it is at risk.
CREATE TABLE lease (
    lease BLOB PRIMARY KEY,
    account BLOB NOT NULL,
    device BLOB,
    log BLOB,
    term TEXT,
    granted INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    lapsing INTEGER NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining >= 0),
    stage TEXT NOT NULL,
    note INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX lease_by_account ON lease (account, remaining);
CREATE INDEX lease_by_device ON lease (device, remaining);
CREATE INDEX lease_by_log ON lease (log, stage);

-- What a log spent of an account on its floor, and what of that is made good.
CREATE TABLE lease_floor (
    account BLOB NOT NULL,
    log BLOB NOT NULL,
    read INTEGER NOT NULL,
    good INTEGER NOT NULL,
    PRIMARY KEY (account, log)
) WITHOUT ROWID;

-- What was freed without a seal, and on whose word: the risk that was booked (R).
CREATE TABLE lease_release (
    lease BLOB PRIMARY KEY,
    word TEXT NOT NULL,
    staff BLOB,
    at INTEGER NOT NULL,
    amount INTEGER NOT NULL
) WITHOUT ROWID;

-- What an operation broke, once (I9): its place in the sequence, what happened, and the money at stake.
CREATE TABLE exception (
    gseq INTEGER NOT NULL,
    no INTEGER NOT NULL,
    what TEXT NOT NULL,
    account BLOB NOT NULL,
    device BLOB NOT NULL,
    log BLOB NOT NULL,
    lease BLOB,
    amount INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (gseq, no)
) WITHOUT ROWID;
