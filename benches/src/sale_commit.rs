//! `sale-commit`: a member's sale of five lines, from "pay" to the done screen's bytes. Only `sale.pay` is timed: it
//! prices the cart again, commits durably, and reads the sale back. Ringing up and choosing the member come before.

use serde_json::json;

use crate::{
    book,
    dice::Dice,
    error::{BenchError, Done},
    figures::{Reach, Row, Spans},
    floors::sale_commit::Floor,
    seat::Seat,
};

const SALES: usize = 1_500;
const WARM: usize = 100;
const BATCH: usize = 10;
const LINES: usize = 5;
/// One operation, one sale, five lines, one tender, two postings of two legs.
const ROWS: usize = 12;

pub fn run() -> Done<Row> {
    let folder = book::large_copy("sale-commit")?;
    let seat = Seat::take(&folder)?;
    let (look, floor) = (book::connect(&folder.join("book.db"))?, Floor::make(book::connect(&folder.join("floor.db"))?)?);
    let mut dice = Dice::new(21);
    let (mut spans, mut beside) = (Spans::default(), Spans::default());
    for batch in 0..(SALES + WARM) / BATCH {
        if batch == WARM / BATCH {
            (spans, beside) = (Spans::default(), Spans::default());
        }
        let mut sales = Vec::with_capacity(BATCH);
        for _ in 0..BATCH {
            sell(&seat, &mut dice, &mut spans)?;
            sales.push(Floor::latest(&look)?);
        }
        for sale in sales {
            if beside.time(|| floor.commit(&sale))? != ROWS {
                return Err(BenchError::setup("the floor wrote another sale"));
            }
        }
    }
    drop((seat, look, floor));
    std::fs::remove_dir_all(folder)?;
    Ok(Row { name: "sale-commit", spans, beside: Some(beside), reach: Reach::RatioMilli(2500) })
}

fn sell(seat: &Seat, dice: &mut Dice, spans: &mut Spans) -> Done {
    let demo = book::demo();
    let mut cart = json!(null);
    for _ in 0..LINES {
        let product = demo.product(dice.below(demo.scale().products));
        cart = seat.ask("cart.enter", &json!({ "text": product.barcode }))?["cart"].take();
    }
    let member = demo.member(dice.below(demo.scale().members));
    let card = seat.ask("member.by_phone", &json!({ "phone": member.phone }))?;
    cart = match cart["lines"].as_array().map(Vec::len) {
        Some(LINES) => seat.ask("cart.member", &json!({ "member_id": card["id"] }))?,
        _ => return Err(BenchError::setup("the cart has not five lines")),
    };
    let tender = json!({ "kind": "cash", "given_fen": cart["totals"]["due_fen"] });
    let pay = json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": [tender] }).to_string();
    spans.time(|| seat.call("sale.pay", pay.as_bytes()))?;
    Ok(())
}
