//! What people do at a till, each act asked of the desk, and said to the oracle beforehand.

mod card;
mod counted;
mod member;
mod refund;
mod sale;

use hefu_core::error::Code;
use hefu_replica::Replica;
use serde_json::Value;

pub use counted::{Paid, Place};

use crate::{
    breach::{Breach, Checked, ensure},
    dice::Dice,
    oracle::{Effects, Fact},
    till::Till,
    world::World,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    CashSale,
    MemberSale,
    CouponSale,
    PointsSale,
    CardSale,
    Refund,
    Register,
    Change,
    OpenCard,
    TopUp,
}

const KINDS: [(usize, Kind); 10] = [
    (26, Kind::CashSale),
    (20, Kind::MemberSale),
    (7, Kind::CouponSale),
    (10, Kind::PointsSale),
    (12, Kind::CardSale),
    (14, Kind::Refund),
    (12, Kind::Register),
    (3, Kind::Change),
    (4, Kind::OpenCard),
    (8, Kind::TopUp),
];

/// An act as it was asked for.
pub struct Act<'a> {
    pub name: String,
    /// What it says once it is written; some of it only the book knows.
    pub fact: &'a dyn Fn(&Replica) -> Checked<Fact>,
    pub effects: Effects,
}

impl World {
    /// Somebody at a till does something.
    pub fn act(&mut self, no: usize, dice: &mut Dice) -> Checked {
        if self.tills[no].running.is_none() {
            return Ok(());
        }
        match self.tills[no].sign_in() {
            Ok(true) => (),
            // Nobody is known here yet, or the till knows that it is to sell no more.
            Ok(false) => return Ok(()),
            Err(Code::DeviceRevoked) if self.tills[no].knows_revoked => return Ok(()),
            Err(_) if self.tills[no].disk.is_dead() => return self.rise(no, dice),
            // A try is written down before it is judged.
            Err(Code::DiskFull) if self.tills[no].disk.is_full() => return Ok(()),
            Err(code) => return Err(Breach::of("I11 CASH-NEVER-BLOCKED", format!("till {no}: signing in is refused with {code}"))),
        }
        let kind = dice.weighed(&KINDS).unwrap_or(Kind::CashSale);
        let done = match kind {
            Kind::MemberSale => self.member_sale(no, dice)?,
            Kind::CouponSale => self.coupon_sale(no, dice)?,
            Kind::PointsSale => self.points_sale(no, dice)?,
            Kind::CardSale => self.card_sale(no, dice)?,
            Kind::Refund => self.refund(no, dice)?,
            Kind::Register => self.register(no, dice)?,
            Kind::Change => self.change(no, dice)?,
            Kind::OpenCard => self.open_card(no, dice)?,
            Kind::TopUp => self.top_up(no, dice)?,
            Kind::CashSale => false,
        };
        // What cannot be done here now gives way to the next customer, who pays cash.
        if !done {
            self.cash_sale(no, dice)?;
        }
        if self.tills[no].disk.is_dead() { self.rise(no, dice) } else { Ok(()) }
    }

    /// Does it, and holds the book to what it should have done.
    fn perform(&mut self, no: usize, act: &Act<'_>, asked: impl FnOnce(&Till) -> Result<Value, Code>) -> Checked<Option<Value>> {
        let told = asked(&self.tills[no]);
        self.acts += 1;
        if self.tills[no].disk.is_dead() {
            let line = format!("till {no}: the power goes during {}", act.name);
            self.say(&line);
            self.rise_after(no, act, told.is_ok())?;
            return Ok(None);
        }
        let fact = if told.is_ok() { (act.fact)(&self.tills[no].running()?.replica)? } else { Fact::Plain };
        let written = self.note_till(no, &fact, &act.effects)?;
        let length = self.tills[no].own.len();
        let code = told.as_ref().err().map_or("done", |code| code.as_str());
        self.say(&format!("till {no}: {}, {code}, {length} of its own", act.name));
        match told {
            Ok(reply) => {
                ensure(written > 0, "I2 NO-LOSS", || format!("till {no}: {} is told to be done and is not there", act.name))?;
                self.check_touched(no, &act.effects, &act.name)?;
                Ok(Some(reply))
            }
            Err(code) => {
                ensure(written == 0, "I13 CURSOR-ATOMIC", || format!("till {no}: {} is refused and there", act.name))?;
                let full = code == Code::DiskFull && self.tills[no].disk.is_full();
                ensure(full, "I11 CASH-NEVER-BLOCKED", || format!("till {no}: {} is refused with {code}", act.name))?;
                Ok(None)
            }
        }
    }
}
