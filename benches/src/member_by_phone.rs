//! `member-by-phone`: one whole phone to the card on the screen, through the desk: session, right, state of the node,
//! person, tier by the rules in force, points, masking, JSON in and out.

use serde_json::json;

use crate::{
    book,
    dice::Dice,
    error::{BenchError, Done},
    figures::{Reach, Row, Spans},
    floors::member_by_phone::Floor,
    seat::Seat,
};

const PHONES: usize = 10_000;
const BATCH: usize = 100;

pub fn run() -> Done<Row> {
    let folder = book::large()?;
    let demo = book::demo();
    let (seat, floor) = (Seat::take(&folder)?, Floor::open(book::connect(&folder.join("book.db"))?)?);
    let members = demo.scale().members;
    let mut dice = Dice::new(11);
    let mut draw = |count: usize| -> Vec<String> { (0..count).map(|_| demo.member(dice.below(members)).phone).collect() };
    // Both stand on the same warm operating system; each has its own page cache of equal size.
    for phone in draw(PHONES) {
        ask(&seat, &phone)?;
        floor.find(&phone)?;
    }
    let (mut spans, mut beside) = (Spans::default(), Spans::default());
    for (turn, batch) in draw(PHONES).chunks(BATCH).enumerate() {
        let floor_first = turn % 2 == 1;
        if floor_first {
            time_floor(&floor, batch, &mut beside)?;
        }
        for phone in batch {
            let request = json!({ "phone": phone }).to_string();
            let card = spans.time(|| seat.call("member.by_phone", request.as_bytes()))?;
            if !String::from_utf8_lossy(&card).contains(&phone[7..]) {
                return Err(BenchError::setup("another member was found"));
            }
        }
        if !floor_first {
            time_floor(&floor, batch, &mut beside)?;
        }
    }
    Ok(Row { name: "member-by-phone", spans, beside: Some(beside), reach: Reach::RatioMilli(2000) })
}

fn ask(seat: &Seat, phone: &str) -> Done<Vec<u8>> {
    seat.call("member.by_phone", json!({ "phone": phone }).to_string().as_bytes())
}

fn time_floor(floor: &Floor, batch: &[String], beside: &mut Spans) -> Done {
    for phone in batch {
        if beside.time(|| floor.find(phone))? < 7 {
            return Err(BenchError::setup("the floor read too little"));
        }
    }
    Ok(())
}
