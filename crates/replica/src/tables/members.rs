//! One member, as everything here says (B6). Members of one phone are one person: read together, led by the lowest id,
//! their accounts summed and none closed (B2).

use hefu_core::{
    ids::{MemberId, RuleId, StaffId, StoreId},
    member::{Sex, lead},
    money::{Fen, Points},
    op::RuleUsed,
    phone::Phone,
    posting::Account,
    tiers::{MonthStat, Review},
};
use rusqlite::{OptionalExtension, Row};

use super::{Reading, SaleRow, fen, id_column, maybe_id, points};
use crate::Error;

/// One registration of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    pub id: MemberId,
    pub phone: Option<String>,
    pub name: String,
    pub sex: Option<Sex>,
    pub birthday: String,
    pub card_no: Option<String>,
    pub owner: Option<StaffId>,
    pub joined_at: i64,
    pub joined_store: Option<StoreId>,
}

/// A person: the leading registration and the others that its phone makes the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// What it leaves empty of name, sex, birthday, card number and owner is said by the first of the others that says it.
    pub lead: MemberRow,
    /// Ids of the others, ascending.
    pub also: Vec<MemberId>,
    /// Whose member it is by any of the registrations, in their order.
    pub owners: Vec<StaffId>,
}

impl PersonRow {
    pub fn ids(&self) -> impl Iterator<Item = MemberId> + '_ {
        std::iter::once(self.lead.id).chain(self.also.iter().copied())
    }
}

/// What a person has bought and holds, over all registrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub visits: i64,
    pub spend: Fen,
    pub last_at: Option<i64>,
    /// Free less owed.
    pub points: Points,
    /// What was bought in each month, over all registrations, oldest first.
    pub months: Vec<MonthStat>,
    /// The last review of the tier.
    pub review: Option<Review>,
}

pub(super) const MEMBER: &str = "SELECT id, phone, name, sex, birthday, card_no, owner, joined_at, joined_store FROM member";

impl Reading<'_> {
    /// The person that a member id belongs to; any id of theirs leads to the same one.
    pub fn person(&self, id: MemberId) -> Result<Option<PersonRow>, Error> {
        let row = self
            .connection
            .prepare_cached(&format!("{MEMBER} WHERE id = ?1"))?
            .query_row([id.as_bytes().as_slice()], member_row)
            .optional()?;
        match row {
            None => Ok(None),
            Some(row) => self.person_of(row).map(Some),
        }
    }

    pub fn person_by_phone(&self, phone: &Phone) -> Result<Option<PersonRow>, Error> {
        Ok(group(self.of_phone(phone.as_str())?))
    }

    pub fn person_by_card(&self, card_no: &str) -> Result<Option<PersonRow>, Error> {
        let row = self
            .connection
            .prepare_cached(&format!("{MEMBER} WHERE card_no = ?1 ORDER BY id LIMIT 1"))?
            .query_row([card_no], member_row)
            .optional()?;
        row.map(|row| self.person_of(row)).transpose()
    }

    pub(super) fn person_of(&self, row: MemberRow) -> Result<PersonRow, Error> {
        let same = match &row.phone {
            Some(phone) => group(self.of_phone(phone)?),
            None => None,
        };
        Ok(same.unwrap_or_else(|| PersonRow { owners: row.owner.into_iter().collect(), lead: row, also: Vec::new() }))
    }

    /// Whether an operation newer than this program is about any registration of a person.
    pub fn person_is_frozen(&self, person: &PersonRow) -> Result<bool, Error> {
        for id in person.ids() {
            if self.is_frozen(id.0)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn of_phone(&self, phone: &str) -> Result<Vec<MemberRow>, Error> {
        let mut statement = self.connection.prepare_cached(&format!("{MEMBER} WHERE phone = ?1"))?;
        let rows = statement.query_map([phone], member_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn standing(&self, person: &PersonRow) -> Result<Standing, Error> {
        let mut standing = Standing::default();
        let (mut spent, mut held) = (0i64, 0i64);
        for id in person.ids() {
            let stat = self
                .connection
                .prepare_cached("SELECT visits, spend_fen, last_at FROM member_stat WHERE member = ?1")?
                .query_row([id.as_bytes().as_slice()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))
                .optional()?;
            if let Some((visits, spend, last_at)) = stat {
                standing.visits += visits;
                spent = spent.saturating_add(spend);
                standing.last_at = standing.last_at.max(Some(last_at));
            }
            let points: Option<i64> = self
                .connection
                .prepare_cached("SELECT amount FROM balance WHERE account = ?1 AND unit = 2")?
                .query_row([Account::MemberPoints(id).key().as_slice()], |row| row.get(0))
                .optional()?;
            held = held.saturating_add(points.unwrap_or(0));
            self.add_months(id, &mut standing)?;
        }
        standing.months.sort_by(|a, b| a.month.cmp(&b.month));
        Ok(Standing { spend: fen(spent)?, points: points(held)?, last_at: standing.last_at.filter(|at| *at > 0), ..standing })
    }

    /// The months and the review as they stood just before a sale: without what was bought and brought back from its moment on. Only
    /// the last review is kept, so one of a later month leaves none.
    pub fn bought_before(&self, person: &PersonRow, sale: &SaleRow) -> Result<(Vec<MonthStat>, Option<Review>), Error> {
        let mut standing = Standing::default();
        for id in person.ids() {
            self.add_months(id, &mut standing)?;
            let mut statement = self.connection.prepare_cached(
                "SELECT substr(day, 1, 7), 1, total_fen - rounding_fen FROM sale WHERE member = ?1 AND (at, op) >= (?2, ?3)
                 UNION ALL
                 SELECT substr(refund.day, 1, 7), 0, -refund.total_fen FROM sale JOIN refund ON refund.sale = sale.sale
                 WHERE sale.member = ?1 AND refund.member IS NOT NULL AND refund.at >= ?2",
            )?;
            let mut rows = statement.query((id.as_bytes().as_slice(), sale.at, sale.op))?;
            while let Some(row) = rows.next()? {
                let (month, visits, spend): (String, i64, Fen) = (row.get(0)?, row.get(1)?, fen(row.get(2)?)?);
                if let Some(stat) = standing.months.iter_mut().find(|stat| stat.month == month) {
                    stat.visits -= visits;
                    stat.spend = stat.spend.minus(spend)?;
                }
            }
        }
        standing.months.retain(|stat| stat.visits != 0 || stat.spend != Fen::ZERO);
        standing.months.sort_by(|a, b| a.month.cmp(&b.month));
        let month = sale.day.get(..7).unwrap_or_default();
        Ok((standing.months, standing.review.filter(|review| review.month.as_str() <= month)))
    }

    fn add_months(&self, id: MemberId, standing: &mut Standing) -> Result<(), Error> {
        let member = id.as_bytes().as_slice();
        let mut statement = self.connection.prepare_cached("SELECT month, visits, spend_fen FROM member_month WHERE member = ?1")?;
        let mut rows = statement.query([member])?;
        while let Some(row) = rows.next()? {
            let (month, visits, spend): (String, i64, Fen) = (row.get(0)?, row.get(1)?, fen(row.get(2)?)?);
            match standing.months.iter_mut().find(|stat| stat.month == month) {
                Some(stat) => {
                    stat.visits += visits;
                    stat.spend = stat.spend.plus(spend)?;
                }
                None => standing.months.push(MonthStat { month, spend, visits }),
            }
        }
        let review = self
            .connection
            .prepare_cached("SELECT month, level, rule, version FROM tier_review WHERE member = ?1")?
            .query_row([member], |row| {
                let rule = RuleUsed { rule: RuleId::from_bytes(row.get(2)?), version: row.get(3)? };
                Ok(Review { month: row.get(0)?, level: row.get(1)?, rule })
            })
            .optional()?;
        // Of two registrations the later review holds.
        if review.as_ref().map(|review| &review.month) > standing.review.as_ref().map(|review| &review.month) {
            standing.review = review;
        }
        Ok(())
    }

    /// Registrations, not persons.
    pub fn member_count(&self) -> Result<i64, Error> {
        Ok(self.connection.prepare_cached("SELECT coalesce(sum(members), 0) FROM joined_day")?.query_row([], |row| row.get(0))?)
    }

    pub fn members_joined(&self, day: &str) -> Result<i64, Error> {
        Ok(self
            .connection
            .prepare_cached("SELECT members FROM joined_day WHERE day = ?1")?
            .query_row([day], |row| row.get(0))
            .optional()?
            .unwrap_or(0))
    }
}

fn group(mut rows: Vec<MemberRow>) -> Option<PersonRow> {
    let leader = lead(rows.iter().map(|row| row.id))?;
    rows.sort_by_key(|row| row.id);
    let place = rows.iter().position(|row| row.id == leader)?;
    let mut lead = rows.remove(place);
    let mut owners: Vec<StaffId> = lead.owner.into_iter().collect();
    for row in &rows {
        owners.extend(row.owner.filter(|owner| !owners.contains(owner)));
        fill(&mut lead, row);
    }
    Some(PersonRow { lead, also: rows.into_iter().map(|row| row.id).collect(), owners })
}

/// Takes from another registration what the leading one leaves empty.
fn fill(lead: &mut MemberRow, other: &MemberRow) {
    if lead.name.is_empty() {
        lead.name.clone_from(&other.name);
    }
    if lead.birthday.is_empty() {
        lead.birthday.clone_from(&other.birthday);
    }
    lead.sex = lead.sex.or(other.sex);
    lead.card_no = lead.card_no.take().or_else(|| other.card_no.clone());
    lead.owner = lead.owner.or(other.owner);
}

pub(super) fn member_row(row: &Row<'_>) -> rusqlite::Result<MemberRow> {
    let sex: Option<&str> = row.get_ref(3)?.as_str_or_null()?;
    Ok(MemberRow {
        id: MemberId::from_bytes(id_column(row, 0)?),
        phone: row.get(1)?,
        name: row.get(2)?,
        sex: sex.map(|sex| if sex == "female" { Sex::Female } else { Sex::Male }),
        birthday: row.get(4)?,
        card_no: row.get(5)?,
        owner: maybe_id(row, 6)?.map(StaffId::from_bytes),
        joined_at: row.get(7)?,
        joined_store: maybe_id(row, 8)?.map(StoreId::from_bytes),
    })
}
