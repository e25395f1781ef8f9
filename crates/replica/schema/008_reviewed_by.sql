-- Which version of the tiers a review went by: it judges, and those after it. Folded anew.
DROP TABLE tier_review;
CREATE TABLE tier_review (
    member BLOB PRIMARY KEY,
    month TEXT NOT NULL,
    level TEXT,
    rule BLOB NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
