-- Where a store stands: cities have laws of cards of their own.
ALTER TABLE store ADD COLUMN city TEXT NOT NULL DEFAULT '';
