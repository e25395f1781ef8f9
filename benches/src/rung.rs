//! Sales as a till rings them up, made in bulk: the core's own quote, drafts and operations, many in one transaction.

use std::{collections::HashMap, ops::Range};

use hefu_core::{
    checkout::{CashSale, Counter},
    error::Code,
    ids::{MemberId, StaffId, StoreId},
    money::Fen,
    quote::{CartItem, Member},
    rules::RulesInForce,
};
use hefu_fixtures::Demo;
use hefu_replica::{By, Replica};

use crate::error::{BenchError, Done};

const A_TRANSACTION: usize = 1_000;

/// Rings up the fixtures' sales of these indices at the till whose book this is, one each second from `from_ms`.
pub fn ring_up(replica: &Replica, demo: &Demo, rules: &RulesInForce, sales: Range<usize>, from_ms: i64) -> Done {
    let identity = replica.identity();
    let store = demo.stores().find(|store| identity.store == Some(StoreId(store.id)));
    let store = store.ok_or_else(|| BenchError::setup("the book is of no store of the fixtures"))?;
    let mut spent: HashMap<usize, Fen> = HashMap::new();
    let indices: Vec<usize> = sales.collect();
    let mut at = from_ms;
    for batch in indices.chunks(A_TRANSACTION) {
        replica.write(|book| {
            for index in batch {
                let sale = demo.sale(*index);
                let items = sale.lines.iter().zip(1..).map(|((product, pieces), no)| item(demo, *product, *pieces, no));
                let items = items.collect::<Result<Vec<_>, _>>()?;
                let spend = sale.member.map(|member| spent.get(&member).copied().unwrap_or_default());
                let known = spend.map(|spend| Member { level: rules.level_of(spend.get()).0.cloned(), ..Member::default() });
                let rung = CashSale {
                    // Another chain of dice than the book's own history.
                    sale: hefu_core::ids::SaleId::new(at, *sale.id.as_bytes().last_chunk().unwrap_or(&[0; 10])),
                    at: Counter {
                        store: StoreId(store.id),
                        store_code: &store.code,
                        device: identity.device,
                        till_no: identity.till_no,
                        number: book.next_receipt_number()?,
                    },
                    at_ms: at,
                    member: sale.member.zip(known.as_ref()).map(|(member, known)| (MemberId(demo.member(member).id), known)),
                    items: &items,
                    rules,
                };
                let quote = rung.quote()?;
                let draft = rung.draft(&quote, quote.due_fen)?;
                if let (Some(member), Some(spend)) = (sale.member, spend) {
                    spent.insert(member, spend.plus(quote.due_fen)?);
                }
                let who = Some(StaffId(demo.person(1).id));
                book.append(By { who, at, ahead: 0 }, &draft)?;
                at += 1000;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn item(demo: &Demo, product: usize, pieces: u32, no: u32) -> Result<CartItem, Code> {
    let product = hefu_demo_book::product(demo, product)?;
    let barcode = product.barcodes.first().cloned().unwrap_or_default();
    Ok(CartItem { no, product, barcode, quantity_milli: i64::from(pieces) * 1000, by_hand: None })
}
