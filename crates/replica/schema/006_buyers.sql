-- Who bought cards, as their documents say (C3). What is sealed is empty where the key is not here, or is no more.
CREATE TABLE buyer (
    id BLOB PRIMARY KEY,
    member BLOB,
    at INTEGER NOT NULL,
    party TEXT,
    document_kind TEXT,
    document TEXT,
    name TEXT,
    phone TEXT,
    agent_name TEXT,
    agent_document_kind TEXT,
    agent_document TEXT
) WITHOUT ROWID;
CREATE INDEX buyer_by_document ON buyer (document_kind, document) WHERE document IS NOT NULL;
CREATE INDEX buyer_of_member ON buyer (member) WHERE member IS NOT NULL;
-- The buyer that a top-up names.
ALTER TABLE card_money ADD COLUMN buyer BLOB;
CREATE INDEX card_money_of_buyer ON card_money (buyer, day) WHERE buyer IS NOT NULL;
