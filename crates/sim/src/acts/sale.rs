//! Sales, paid in every way that the shop knows.

use hefu_core::{
    error::Code,
    ids::{CardId, MemberId, SaleId},
    posting::Account,
};
use serde_json::{Value, json};

use super::{Act, Paid, Place, counted::cost_fen};
use crate::{
    breach::{Checked, Expect, ensure},
    clock::DAY_MS,
    dice::Dice,
    founding::{COUPON_FEN, GOODS},
    oracle::{Fact, Sold},
    world::World,
};

/// A customer who has said who they are.
struct Customer {
    member: MemberId,
    phone: String,
    /// Registered twice: their accounts are several.
    twice: bool,
}

impl World {
    fn place(&self, no: usize) -> Place {
        Place { device: self.tills[no].identity.device, store: self.tills[no].store }
    }

    /// Some goods, each on one line.
    fn goods(dice: &mut Dice) -> Vec<(usize, i64)> {
        let first = dice.below(GOODS.len());
        let lines = dice.between(1, 3);
        (0..lines).map(|n| ((first + n) % GOODS.len(), i64::from(u8::from(dice.permille(300))) + 1)).collect()
    }

    /// Somebody whom this book knows and may serve.
    fn customer(&self, no: usize, dice: &mut Dice) -> Checked<Option<Customer>> {
        let seen = self.seen(no)?;
        let members = seen.members();
        let Some((_, phone)) = dice.one_of(&members) else { return Ok(None) };
        let all = seen.with_phone(phone);
        let frozen = seen.is_frozen(&all);
        let lead = all.first().copied().expected("a member")?;
        if frozen {
            // They are told to wait for the update; their cash is taken all the same (I14).
            let told = self.tills[no].ask("cart.member", &json!({ "member_id": lead, "said": phone }));
            ensure(told == Err(Code::MemberFrozen), "I14 OLD-TILL", || format!("till {no}: a frozen member is served: {told:?}"))?;
            return Ok(None);
        }
        Ok(Some(Customer { member: lead, phone: (*phone).to_owned(), twice: all.len() > 1 }))
    }

    pub(super) fn cash_sale(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        let lines = Self::goods(dice);
        let paid = Paid { cash_fen: cost_fen(&lines), ..Paid::default() };
        self.sell(no, dice, lines, paid, None)
    }

    pub(super) fn member_sale(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        let Some(customer) = self.customer(no, dice)? else { return Ok(false) };
        let lines = Self::goods(dice);
        let paid = Paid { cash_fen: cost_fen(&lines), member: Some(customer.member), ..Paid::default() };
        self.sell(no, dice, lines, paid, Some(&customer.phone))
    }

    /// Somebody brings a coupon that this book believes to be good.
    pub(super) fn coupon_sale(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        if !self.plan.coupons {
            return Ok(false);
        }
        let seen = self.seen(no)?;
        let coupons = seen.coupons();
        let Some((coupon, _)) = dice.one_of(&coupons).copied() else { return Ok(false) };
        let request = json!({ "code": null, "coupon_id": coupon });
        let told = self.tills[no].ask("cart.coupon", &request);
        if told == Err(Code::ClockFrozen) && self.tills[no].machine.skew_ms().abs() >= DAY_MS {
            // A clock that is known to be wrong tells no time, and coupons wait for it.
            return Ok(false);
        }
        ensure(told.is_ok(), "I9 ONCE", || format!("till {no}: a coupon that is good is refused with {told:?}"))?;
        let lines = Self::goods(dice);
        let paid = Paid { cash_fen: cost_fen(&lines) - COUPON_FEN, coupon: Some(coupon), ..Paid::default() };
        self.sell(no, dice, lines, paid, None)
    }

    pub(super) fn points_sale(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        let Some(customer) = self.customer(no, dice)?.filter(|customer| !customer.twice) else { return Ok(false) };
        let lines = Self::goods(dice);
        let total = cost_fen(&lines);
        let points = self.seen(no)?.balance(&Account::MemberPoints(customer.member)).min(total);
        let Ok(most @ 1..) = usize::try_from(points / 100) else { return Ok(false) };
        let points = i64::try_from(dice.between(1, most) * 100).unwrap_or(100);
        let paid = Paid { cash_fen: total - points, points, member: Some(customer.member), ..Paid::default() };
        self.sell(no, dice, lines, paid, Some(&customer.phone))
    }

    pub(super) fn card_sale(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        let Some(customer) = self.customer(no, dice)?.filter(|customer| !customer.twice) else { return Ok(false) };
        let seen = self.seen(no)?;
        let cards: Vec<CardId> = seen.cards().into_iter().filter(|(_, of)| *of == customer.member).map(|(card, _)| card).collect();
        let Some(card) = dice.one_of(&cards).copied() else { return Ok(false) };
        let lines = Self::goods(dice);
        let total = cost_fen(&lines);
        let principal = seen.balance(&Account::CardPrincipal(card));
        let bonus = seen.balance(&Account::CardBonus(card));
        if principal < 0 || bonus < 0 || principal + bonus == 0 {
            return Ok(false);
        }
        let amount = total.min(principal + bonus);
        let from_principal = amount.min(principal);
        let card = Some((card, from_principal, amount - from_principal));
        let paid = Paid { cash_fen: total - amount, card, member: Some(customer.member), ..Paid::default() };
        self.sell(no, dice, lines, paid, Some(&customer.phone))
    }

    /// Rings it up and takes the money. Now and then it is sent twice, as after an answer that got lost.
    fn sell(&mut self, no: usize, dice: &mut Dice, lines: Vec<(usize, i64)>, paid: Paid, phone: Option<&str>) -> Checked<bool> {
        let request = self.ring_up(no, &lines, &paid, phone)?;
        let sale: SaleId = serde_json::from_value(request["cart_id"].clone()).expected("a cart's name")?;
        let plain = paid.points == 0 && paid.card.is_none() && paid.coupon.is_none();
        let effects = paid.effects(sale, self.place(no), &lines, 1);
        let name = format!("sale {sale} of {} fen, {} in cash", paid.total_fen(), paid.cash_fen);
        let sold = Sold { sale, lines, is_plain: plain, paid };
        let act = Act { name, fact: &|_| Ok(Fact::Sale(sold.clone())), effects };
        let twice = dice.permille(100);
        let Some(reply) = self.perform(no, &act, |till| till.ask("sale.pay", &request))? else { return Ok(true) };
        let total = sold.paid.total_fen();
        ensure(reply["totals"]["due_fen"] == total, "I1 LEDGER-ZERO", || format!("till {no}: {} comes to {}", act.name, reply["totals"]))?;
        if twice {
            let again = self.tills[no].ask("sale.pay", &request);
            let same = self.note_till(no, &Fact::Plain, &act.effects)? == 0 && again.as_ref() == Ok(&reply);
            ensure(same, "I3 NO-DUP", || format!("till {no}: {} sent twice is another: {again:?}", act.name))?;
        }
        Ok(true)
    }

    /// The cart, and what pays it.
    fn ring_up(&self, no: usize, lines: &[(usize, i64)], paid: &Paid, phone: Option<&str>) -> Checked<Value> {
        let till = &self.tills[no];
        let ask = |command: &str, request: Value| till.ask(command, &request).expected(command);
        ask("cart.clear", json!({}))?;
        for (line, (good, pieces)) in (1..).zip(lines) {
            ask("cart.enter", json!({ "text": GOODS[*good].code }))?;
            if *pieces > 1 {
                ask("cart.set_quantity", json!({ "line_no": line, "quantity_milli": pieces * 1_000 }))?;
            }
        }
        if let Some(member) = paid.member {
            ask("cart.member", json!({ "member_id": member, "said": phone }))?;
        }
        if let Some(coupon) = paid.coupon {
            ask("cart.coupon", json!({ "code": null, "coupon_id": coupon }))?;
        }
        let mut tenders = Vec::new();
        if paid.points > 0 {
            tenders.push(json!({ "kind": "points", "points": paid.points }));
        }
        if let Some((card, principal, bonus)) = paid.card {
            tenders.push(json!({ "kind": "card", "card_id": card, "amount_fen": principal + bonus }));
        }
        if paid.cash_fen > 0 {
            // Somebody hands over whole notes.
            tenders.push(json!({ "kind": "cash", "given_fen": (paid.cash_fen + 9_999) / 10_000 * 10_000 }));
        }
        let cart = ask("cart.get", json!({}))?;
        Ok(json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": tenders }))
    }
}
