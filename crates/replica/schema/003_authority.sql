-- Whose word counts (F6): where the device of a log was enrolled, none for an HQ node, and whether this log began the chain.
ALTER TABLE log ADD COLUMN place BLOB;
ALTER TABLE log ADD COLUMN founder INTEGER NOT NULL DEFAULT 0;
-- Of a log that was read before, the store that its first operation names: every program wrote the one it was enrolled at.
UPDATE log SET place = (
    SELECT unhex(replace(json_extract(CAST(head AS TEXT), '$.store'), '-', '')) FROM op
    WHERE op.log = log.id AND seq = 1 AND json_valid(CAST(head AS TEXT))
);
UPDATE log SET place = nullif((SELECT value FROM meta WHERE name = 'store'), x'') WHERE log = (SELECT value FROM meta WHERE name = 'log');
UPDATE log SET founder = 1 WHERE id = (
    SELECT log FROM op
    WHERE seq = 1 AND json_valid(CAST(head AS TEXT)) AND json_extract(CAST(head AS TEXT), '$.kind') = 'chain.started'
    ORDER BY gseq IS NULL, gseq, id LIMIT 1
);

-- What was not its writer's to say: kept and forwarded, folded to nothing, and shown to head office.
CREATE TABLE refused (op INTEGER PRIMARY KEY);
-- Who issued the first coupons of a batch, which its closing asks for.
CREATE TABLE batch_issuer (batch BLOB PRIMARY KEY, device BLOB NOT NULL, op INTEGER NOT NULL) WITHOUT ROWID;

-- The store whose goods these are; none for the chain's.
ALTER TABLE product ADD COLUMN store BLOB;
-- The operation that claimed the login: of two with one login, the first in the sequence keeps it.
ALTER TABLE staff ADD COLUMN login_op INTEGER;
-- Whether head office froze it: a store freezes members and cards alone.
ALTER TABLE frozen ADD COLUMN hq INTEGER NOT NULL DEFAULT 0;
