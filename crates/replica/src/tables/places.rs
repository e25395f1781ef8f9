//! The chain, its stores and devices, and the rules in force.

use std::collections::BTreeMap;

use hefu_core::{
    ids::{DeviceId, LogId, RuleId, StaffId, StoreId},
    op::{Body, Head, Writers},
    promo::Used,
    rules::{Rule, RulesInForce},
};
use rusqlite::OptionalExtension;

use super::{PersonRow, Reading, id_column, maybe_id};
use crate::{
    Error,
    fold::{Standing, When, folded_body, standing},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainRow {
    pub name: String,
    pub demo: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreRow {
    pub id: StoreId,
    pub code: String,
    pub name: String,
    /// Empty where nobody said.
    pub city: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    pub id: DeviceId,
    pub store: Option<StoreId>,
    pub till_no: u32,
    /// Its rights have ended.
    pub revoked: bool,
}

/// An operation that was not its writer's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its row, by which a list goes on.
    pub op: i64,
    /// As it was written: any text that its writer pleased.
    pub kind: String,
    pub why: RefusedWhy,
    pub device: DeviceId,
    pub log: LogId,
    pub seq: u64,
    /// Where the device was enrolled, whatever its operation says.
    pub store: Option<StoreId>,
    /// Who did it, as its writer says.
    pub who: Option<StaffId>,
    /// By the device's corrected clock, and never later than it was received.
    pub at: i64,
    /// `None` while it is this device's own and unsent.
    pub received_at: Option<i64>,
    pub body: Body,
}

/// Why an operation counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedWhy {
    /// Its kind is head office's alone to say.
    HeadOffice,
    /// A store's device spoke for another store, or for none.
    OtherPlace,
    /// It moves value as its kind does not, or of another store's accounts.
    NoMove,
    /// Another's word stands: head office's or the first store's on goods, the issuer's on a batch. It was no wrong to write it.
    Overruled,
}

impl Reading<'_> {
    /// `None` until the operation that started the chain has arrived.
    pub fn chain(&self) -> Result<Option<ChainRow>, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT name, demo FROM chain ORDER BY chain LIMIT 1")?
            .query_row([], |row| Ok(ChainRow { name: row.get(0)?, demo: row.get(1)? }))
            .optional()?)
    }

    pub fn store(&self, id: StoreId) -> Result<Option<StoreRow>, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT id, code, name, city FROM store WHERE id = ?1")?
            .query_row([id.as_bytes().as_slice()], store_row)
            .optional()?)
    }

    /// All stores, by code.
    pub fn stores(&self) -> Result<Vec<StoreRow>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT id, code, name, city FROM store ORDER BY code, id")?;
        let rows = statement.query_map([], store_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn device(&self, id: DeviceId) -> Result<Option<DeviceRow>, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT id, store, till_no, revoked IS NOT NULL FROM device WHERE id = ?1")?
            .query_row([id.as_bytes().as_slice()], |row| {
                Ok(DeviceRow {
                    id: DeviceId::from_bytes(id_column(row, 0)?),
                    store: maybe_id(row, 1)?.map(StoreId::from_bytes),
                    till_no: row.get(2)?,
                    revoked: row.get(3)?,
                })
            })
            .optional()?)
    }

    /// Whether an operation newer than this program is about it. One of a store's freezes members and cards alone: no till stops
    /// another's goods, rules or people by writing what nobody knows (F6).
    pub fn is_frozen(&self, entity: uuid::Uuid) -> Result<bool, Error> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT 1 FROM frozen WHERE entity = ?1
                 AND (hq OR EXISTS (SELECT 1 FROM member WHERE id = ?1) OR EXISTS (SELECT 1 FROM card WHERE id = ?1))",
            )?
            .exists([entity.as_bytes().as_slice()])?)
    }

    /// How many operations count for nothing here.
    pub fn refused_count(&self) -> Result<i64, Error> {
        Ok(self.connection.prepare_cached("SELECT count(*) FROM refused")?.query_row([], |row| row.get(0))?)
    }

    /// What was not its writer's to say and so folds to nothing, the latest to come first (F6); on a further page, what came before
    /// the row `before`.
    pub fn refused(&self, before: Option<i64>, most: usize) -> Result<Vec<RefusedRow>, Error> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(
            "SELECT op.id, received_at, head, log.place, log.founder
             FROM refused JOIN op ON op.id = refused.op JOIN log ON log.id = op.log
             WHERE refused.op < ?1 ORDER BY refused.op DESC LIMIT ?2",
        )?;
        let mut rows = statement.query((before.unwrap_or(i64::MAX), limit))?;
        let mut refused = Vec::new();
        while let Some(row) = rows.next()? {
            let head = Head::read(&row.get::<_, Vec<u8>>(2)?)?;
            refused.push(refused_row(row.get(0)?, row.get(1)?, standing(row, 3)?, head));
        }
        Ok(refused)
    }

    /// Every version of every rule.
    pub fn rules(&self) -> Result<Vec<Rule>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT id, version, valid_from, body FROM rule")?;
        let mut rows = statement.query([])?;
        let mut rules = Vec::new();
        while let Some(row) = rows.next()? {
            let body: String = row.get(3)?;
            // A rule of a kind newer than this program is kept, and holds nothing here.
            let Ok(body) = serde_json::from_str(&body) else { continue };
            rules.push(Rule { rule: RuleId::from_bytes(id_column(row, 0)?), version: row.get(1)?, valid_from: row.get(2)?, body });
        }
        Ok(rules)
    }

    /// How often each promotion was used: by the person, and by all. Promotions never used are left out.
    pub fn promotion_uses(&self, person: Option<&PersonRow>) -> Result<BTreeMap<RuleId, Used>, Error> {
        let mut uses: BTreeMap<RuleId, Used> = BTreeMap::new();
        let everyone = [0u8; 16];
        let members = person.into_iter().flat_map(PersonRow::ids).map(|id| *id.as_bytes());
        for (member, by_all) in members.map(|id| (id, false)).chain([(everyone, true)]) {
            let mut statement = self.connection.prepare_cached("SELECT rule, times, pieces FROM promotion_use WHERE member = ?1")?;
            let mut rows = statement.query([member.as_slice()])?;
            while let Some(row) = rows.next()? {
                let used = uses.entry(RuleId::from_bytes(id_column(row, 0)?)).or_default();
                if by_all {
                    used.in_all_pieces += row.get::<_, i64>(2)?.max(0).unsigned_abs();
                } else {
                    used.by_member_times += row.get::<_, i64>(1)?.max(0).unsigned_abs();
                }
            }
        }
        Ok(uses)
    }

    /// Changes with every change of a rule.
    pub fn rules_revision(&self) -> Result<u64, Error> {
        crate::meta::number(self.connection, crate::meta::RULES_REVISION)
    }

    /// The rules that hold at a moment, in milliseconds since 1970. Reads all of them: a desk keeps what it prepared.
    pub fn rules_at(&self, at: i64) -> Result<RulesInForce, Error> {
        Ok(RulesInForce::at(&self.rules()?, at))
    }
}

fn refused_row(op: i64, received_at: Option<i64>, from: Standing, head: Head) -> RefusedRow {
    let writers = Body::writers_of(&head.kind);
    let body = folded_body(&head);
    let why = match from.may_say(writers, &head.stamp) {
        true if !from.may_move(&body, &head.stamp) => RefusedWhy::NoMove,
        true => RefusedWhy::Overruled,
        false if writers == Some(Writers::Hq) => RefusedWhy::HeadOffice,
        false => RefusedWhy::OtherPlace,
    };
    RefusedRow {
        op,
        why,
        device: head.stamp.device,
        log: head.stamp.log,
        seq: head.stamp.seq,
        store: from.store,
        who: head.stamp.who,
        at: When::of(&head.stamp, received_at).at,
        received_at,
        body,
        kind: head.kind,
    }
}

fn store_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoreRow> {
    Ok(StoreRow { id: StoreId::from_bytes(id_column(row, 0)?), code: row.get(1)?, name: row.get(2)?, city: row.get(3)? })
}
