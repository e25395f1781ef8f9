//! What was done to a card or a device, act by act, with the words that went with it: a row keeps how it stands now, the operations
//! keep how it came to that (C3, F4).

use hefu_core::{
    ids::{CardId, DeviceId, StaffId, StoreId},
    op::{Body, Head},
};
use uuid::Uuid;

use super::Reading;
use crate::{
    Error,
    fold::{When, body_of, standing},
};

/// One act that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActRow {
    /// Milliseconds since 1970, by the device's corrected clock, and never later than the log received it.
    pub at: i64,
    pub store: Option<StoreId>,
    pub who: Option<StaffId>,
    pub body: Body,
    /// Why, as it was said; empty where nothing was, or it cannot be read here.
    pub reason: String,
}

const ACTS: &str = "SELECT op.id, head, received_at, log.place, log.founder FROM op JOIN log ON log.id = op.log WHERE entity = ?1";

impl Reading<'_> {
    /// Acts on a card and on those whose place it took, the latest first. What moved money alone is no act on the card.
    pub fn card_acts(&self, card: CardId) -> Result<Vec<ActRow>, Error> {
        let mut acts = Vec::new();
        for card in self.card_past(card)? {
            acts.extend(self.acts_on(card.0)?);
        }
        acts.sort_by_key(|act| act.at);
        acts.reverse();
        Ok(acts)
    }

    /// The act that ended a device's rights, the first where there are more; `None` while it has them.
    pub fn device_revocation(&self, device: DeviceId) -> Result<Option<ActRow>, Error> {
        let ended = self.acts_on(device.0)?.into_iter().filter(|act| matches!(act.body, Body::DeviceRevoked(_)));
        Ok(ended.min_by_key(|act| act.at))
    }

    /// In the order in which they came into this book.
    fn acts_on(&self, entity: Uuid) -> Result<Vec<ActRow>, Error> {
        let mut statement = self.connection.prepare_cached(ACTS)?;
        let mut rows = statement.query([entity.as_bytes().as_slice()])?;
        let mut acts = Vec::new();
        while let Some(row) = rows.next()? {
            let Ok(head) = Head::read(&row.get::<_, Vec<u8>>(1)?) else { continue };
            let Ok(body) = body_of(&head, standing(row, 3)?) else { continue };
            let at = When::of(&head.stamp, row.get(2)?).at;
            acts.push(ActRow { at, store: head.stamp.store, who: head.stamp.who, body, reason: self.said(row.get(0)?)?.reason });
        }
        Ok(acts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plans;

    #[test]
    fn acts_are_found_by_what_they_are_about() {
        plans::check(ACTS, &["op_of_entity", "PRIMARY KEY"]).unwrap();
    }
}
