//! Which sale a refund is of (A4). It names an id, and the member whose goods came back. Where somebody has written one id twice, it is
//! of the first in the sequence that bears the id and was that member's; of the others nothing has come back. So a refund of one sale
//! takes nothing from another, and no order of arrival decides.

use hefu_core::{
    ids::{MemberId, SaleId},
    op::Body,
};
use rusqlite::{Connection, OptionalExtension};

use crate::Error;

/// As the ids lie in the tables.
type Id = [u8; 16];

/// A sale by what its refunds name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub sale: Id,
    pub member: Option<Id>,
}

impl Named {
    pub fn new(sale: SaleId, member: Option<MemberId>) -> Self {
        Self { sale: *sale.as_bytes(), member: member.map(|id| *id.as_bytes()) }
    }

    fn columns(&self) -> (&[u8], Option<&[u8]>) {
        (self.sale.as_slice(), self.member.as_ref().map(<[u8; 16]>::as_slice))
    }

    /// Whether the refunds that name it are of the sale at `op`. What is not yet sequenced comes last, by log and place in it.
    pub fn is_at(&self, connection: &Connection, op: i64) -> Result<bool, Error> {
        let first: Option<i64> = connection
            .prepare_cached(
                "SELECT sale.op FROM sale JOIN op ON op.id = sale.op JOIN log ON log.id = op.log
                 WHERE sale.sale = ?1 AND sale.member IS ?2 ORDER BY op.gseq IS NULL, op.gseq, log.log, op.seq LIMIT 1",
            )?
            .query_row(self.columns(), |row| row.get(0))
            .optional()?;
        Ok(first == Some(op))
    }

    /// The refunds that name it, by the rows of their operations.
    pub fn refunds(&self, connection: &Connection) -> Result<Vec<i64>, Error> {
        let mut statement = connection.prepare_cached("SELECT op FROM refund WHERE sale = ?1 AND member IS ?2")?;
        let rows = statement.query_map(self.columns(), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The sales that an operation says something of, where anything is known of them already: of most sales nothing is before they
/// come, and then they are all there is to say.
pub(super) fn about(connection: &Connection, body: &Body) -> Result<Vec<SaleId>, Error> {
    let mut about = match body {
        Body::Sale(sale) if is_unheard_of(connection, sale.sale)? => Vec::new(),
        Body::Sale(sale) => vec![sale.sale],
        Body::Refund(refund) => refund.sale.into_iter().collect(),
        Body::Exchange(exchange) => exchange.refund.sale.into_iter().chain([exchange.sale.sale]).collect(),
        _ => Vec::new(),
    };
    about.dedup();
    Ok(about)
}

/// No refund came before it, and nobody has used its id.
fn is_unheard_of(connection: &Connection, sale: SaleId) -> Result<bool, Error> {
    let mut spoken_of = connection.prepare_cached("SELECT 1 FROM refund WHERE sale = ?1 UNION ALL SELECT 1 FROM sale WHERE sale = ?1")?;
    Ok(!spoken_of.exists([sale.as_bytes().as_slice()])?)
}
