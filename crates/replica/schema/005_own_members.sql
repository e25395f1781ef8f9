-- A colleague's own members by the beginning of a number, one range each: among a million strangers as quick as any search.
CREATE INDEX member_own_by_phone ON member (owner, phone) WHERE phone IS NOT NULL;
CREATE INDEX member_own_by_card ON member (owner, card_no) WHERE card_no IS NOT NULL;
