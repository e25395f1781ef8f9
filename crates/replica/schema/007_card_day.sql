-- Top-ups of a store's day, one range: head office's figures of today count them.
CREATE INDEX card_money_of_day ON card_money (store, day, at);
