//! Members page by page, in the order of their ids: bulk work walks a million of them and holds a few hundred.

use hefu_core::{
    ids::{MemberId, SaleId},
    points::MovedBy,
    posting::{Account, Unit},
    time::business_day,
};
use rusqlite::Row;

use super::{PersonRow, Reading, maybe_id};
use crate::{Error, fold::unit_column};

/// A credit (positive) or debit of a member's points, by business day: what lapsing is worked out from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointsMoved {
    pub day: String,
    pub points: i64,
    pub of: MovedBy,
}

impl Reading<'_> {
    /// Registrations after one, in the order of their ids.
    pub fn members_after(&self, after: Option<MemberId>, most: usize) -> Result<Vec<MemberId>, Error> {
        self.ids_after("SELECT id FROM member WHERE id > ?1 ORDER BY id LIMIT ?2", &bytes_of(after), most)
    }

    /// Registrations that ever bought something, in the order of their ids.
    pub fn buyers_after(&self, after: Option<MemberId>, most: usize) -> Result<Vec<MemberId>, Error> {
        let sql = "SELECT DISTINCT member FROM member_month WHERE member > ?1 ORDER BY member LIMIT ?2";
        self.ids_after(sql, &bytes_of(after), most)
    }

    /// Which registrations of a person ever bought something, in the order of the person's.
    pub fn buyers_of(&self, person: &PersonRow) -> Result<Vec<MemberId>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM member_month WHERE member = ?1 LIMIT 1")?;
        let mut buyers = Vec::new();
        for id in person.ids() {
            if statement.exists([id.as_bytes().as_slice()])? {
                buyers.push(id);
            }
        }
        Ok(buyers)
    }

    /// Registrations whose points stand above zero, in the order of their ids.
    pub fn with_points_after(&self, after: Option<MemberId>, most: usize) -> Result<Vec<MemberId>, Error> {
        let last = MemberId::from_bytes([0xff; 16]);
        let from = after.map_or_else(|| vec![Account::MemberPoints(last).key().as_slice()[0]], key_of);
        let sql = "SELECT substr(account, 2) FROM balance WHERE account > ?1 AND account <= ?3 AND unit = ?4 AND amount > 0
                   ORDER BY account LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map((from, limit, key_of(last), unit_column(Unit::Points)), |row| row.get(0))?;
        Ok(rows.map(|id| id.map(MemberId::from_bytes)).collect::<Result<_, _>>()?)
    }

    fn ids_after(&self, sql: &str, after: &[u8], most: usize) -> Result<Vec<MemberId>, Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map((after, limit), |row| row.get(0))?;
        Ok(rows.map(|id| id.map(MemberId::from_bytes)).collect::<Result<_, _>>()?)
    }

    /// Credits and debits of the points of members read as one, oldest first. What one operation moved for several reasons is as
    /// many entries, though the account shows their sum: what a sale earned is as young as the sale, and what a refund puts back
    /// is as old as it was.
    pub fn points_moved(&self, members: &[MemberId]) -> Result<Vec<PointsMoved>, Error> {
        let mut moved: Vec<(i64, i64, usize, PointsMoved)> = Vec::new();
        let mut statement = self.connection.prepare_cached(
            "SELECT posting.at, posting.op, amount, sale.sale, coalesce(sale.points, 0),
                    refund.sale, coalesce(points_taken, 0), coalesce(points_restored, 0)
             FROM posting
             LEFT JOIN sale ON sale.op = posting.op AND sale.member = ?3
             LEFT JOIN refund ON refund.op = posting.op AND refund.member = ?3 AND refund.sale IS NOT NULL
             WHERE account = ?1 AND unit = ?2",
        )?;
        for member in members {
            let account = Account::MemberPoints(*member).key();
            let mut rows = statement.query((account.as_slice(), unit_column(Unit::Points), member.as_bytes().as_slice()))?;
            while let Some(row) = rows.next()? {
                let (at, op): (i64, i64) = (row.get(0)?, row.get(1)?);
                let entries = entries_of(row)?.into_iter().enumerate();
                let day = business_day(at);
                moved.extend(entries.map(|(place, (points, of))| (at, op, place, PointsMoved { day: day.clone(), points, of })));
            }
        }
        moved.sort_by_key(|(at, op, place, _)| (*at, *op, *place));
        Ok(moved.into_iter().map(|(_, _, _, moved)| moved).collect())
    }
}

/// What one operation did to an account, by what did it: first the goods that came back, then those that were bought.
fn entries_of(row: &Row<'_>) -> Result<Vec<(i64, MovedBy)>, Error> {
    let amount: i64 = row.get(2)?;
    let (sale, refunded) = (maybe_id(row, 3)?.map(SaleId::from_bytes), maybe_id(row, 5)?.map(SaleId::from_bytes));
    let (earned, taken, restored): (i64, i64, i64) = (row.get(4)?, row.get(6)?, row.get(7)?);
    let mut entries = Vec::new();
    if let Some(refunded) = refunded {
        entries.extend([(-taken, MovedBy::TakenBack(refunded)), (restored, MovedBy::PutBack(refunded))]);
    }
    // What is neither earned nor of the refund is what the sale was paid with.
    let rest = amount - (restored - taken) - earned;
    let paid = sale.filter(|_| rest < 0).map_or(MovedBy::Other, MovedBy::Paid);
    entries.push((rest, paid));
    if let Some(sale) = sale {
        entries.push((earned, MovedBy::Earned(sale)));
    }
    entries.retain(|(points, _)| *points != 0);
    Ok(entries)
}

fn bytes_of(id: Option<MemberId>) -> Vec<u8> {
    id.map(|id| id.as_bytes().to_vec()).unwrap_or_default()
}

fn key_of(id: MemberId) -> Vec<u8> {
    Account::MemberPoints(id).key().as_slice().to_vec()
}
