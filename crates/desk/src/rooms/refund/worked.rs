//! A return, worked out and not yet written: what it is worth, and by which tenders it goes back (A4).

use std::collections::BTreeMap;

use hefu_core::{
    checkout::{named_payments, settled},
    error::Code,
    ids::{CardId, MemberId, RuleId, TenderId},
    money::Fen,
    op::{CreditFrom, RefundLine, Tender},
    promo::Used,
    refund::{Part, PartKind, Refunded, Step},
};
use hefu_replica::Reading;

use super::case::Case;
use crate::{Desk, sessions::Returning};

type Failed = hefu_replica::Error;

pub(crate) struct Worked {
    pub case: Case,
    pub refunded: Refunded,
    /// Given back in all: the worth of the goods, less what a paid-out card settled.
    pub total_fen: Fen,
    /// What goes back in money, cash or by a named tender: in an exchange it pays for the new goods.
    pub in_money: Fen,
    /// In the drawer's money.
    cash: Fen,
    named: Vec<Named>,
    /// Onto cards, in points, and what is not paid again.
    elsewhere: Vec<Tender>,
}

struct Named {
    tender: TenderId,
    name: String,
    reference: Option<String>,
    amount: Fen,
}

impl Named {
    /// `amount_fen` of it for other goods.
    fn pays(&self, amount_fen: Fen) -> CreditFrom {
        CreditFrom::Named { tender: self.tender, name: self.name.clone(), amount_fen, reference: self.reference.clone() }
    }

    /// `amount_fen` of it to where it came from.
    fn goes_back(&self, amount_fen: Fen) -> Tender {
        Tender::Named { tender: self.tender, name: self.name.clone(), amount_fen, reference: self.reference.clone() }
    }
}

/// Errors: `refund.done` for a refund that was made before, those of [`Case::open`] and [`Case::back`].
pub(crate) fn work_out(desk: &Desk, book: &Reading<'_>, of: &Returning, at: i64) -> Result<Worked, Failed> {
    if book.refund(of.refund)?.is_some() {
        return Err(Code::RefundDone.into());
    }
    let case = Case::open(desk, book, of.sale, at)?;
    Worked::of(book, case, &Step { lines: of.lines.clone() })
}

impl Worked {
    pub fn of(book: &Reading<'_>, case: Case, step: &Step) -> Result<Self, Failed> {
        let refunded = case.back(book, step)?;
        let cards = onto_cards(book, &refunded)?;
        let total_fen = refunded.total_fen.minus(settled(&cards)?)?;
        let (in_money, cash) = (Fen::ZERO, Fen::ZERO);
        let mut worked = Self { case, refunded, total_fen, in_money, cash, named: Vec::new(), elsewhere: Vec::new() };
        for part in worked.refunded.parts.clone() {
            worked.send(part)?;
        }
        worked.elsewhere.extend(cards);
        worked.in_money = worked.cash.plus(Fen::sum(worked.named.iter().map(|named| named.amount))?)?;
        Ok(worked)
    }

    /// What is not card money goes back where it came from.
    fn send(&mut self, part: Part) -> Result<(), Code> {
        let Part { kind, nth, amount_fen } = part;
        match kind {
            // Credit is a part of its own only where its operation does not say what had paid for it.
            PartKind::Cash | PartKind::Credit => self.cash = self.cash.plus(amount_fen)?,
            PartKind::Named(tender) => self.named.push(self.as_paid(tender, nth, amount_fen)),
            PartKind::Points => {
                self.elsewhere.push(Tender::Points { points: self.refunded.points_restored, amount_fen });
            }
            PartKind::Principal(_) | PartKind::Bonus(_) => {}
        }
        Ok(())
    }

    /// A payment by a named tender as the sale wrote it: the terminal's reference finds the payment to be taken back.
    fn as_paid(&self, id: TenderId, nth: u32, amount: Fen) -> Named {
        let paid = named_payments(&self.case.tenders);
        let place = usize::try_from(nth).unwrap_or(usize::MAX);
        let paid = paid.into_iter().filter(|paid| paid.tender == id).nth(place);
        let (name, reference) = paid.map(|paid| (paid.name.to_owned(), paid.reference.map(str::to_owned))).unwrap_or_default();
        Named { tender: id, name, reference, amount }
    }

    /// How the money goes back, when `credit` of it pays for other goods. Errors as [`Worked::split`].
    pub fn tenders(&self, credit: Fen) -> Result<Vec<Tender>, Code> {
        let (from, back) = self.split(credit)?;
        let mut tenders = self.elsewhere.clone();
        tenders.extend(back.named);
        if credit > Fen::ZERO {
            tenders.push(Tender::Credit { amount_fen: credit, from });
        }
        if back.cash > Fen::ZERO {
            tenders.push(Tender::Cash { given_fen: Fen::ZERO, change_fen: back.cash });
        }
        Ok(tenders)
    }

    /// What had paid for the goods that `credit` of other goods is taken for. Errors as [`Worked::split`].
    pub fn credit_from(&self, credit: Fen) -> Result<Vec<CreditFrom>, Code> {
        Ok(self.split(credit)?.0)
    }

    /// The money that pays for other goods, and the money that goes back. Cash pays for those first, so that what a bank card paid
    /// goes back to it. Errors with `internal` for more credit than there is money.
    fn split(&self, credit: Fen) -> Result<(Vec<CreditFrom>, Back), Code> {
        if credit > self.in_money {
            return Err(Code::Internal);
        }
        let mut left = credit;
        let mut cut = |amount: Fen| {
            let used = left.min(amount);
            left = left.minus(used)?;
            Ok::<_, Code>((used, amount.minus(used)?))
        };
        let (used, cash) = cut(self.cash)?;
        let mut from = if used > Fen::ZERO { vec![CreditFrom::Cash { amount_fen: used }] } else { Vec::new() };
        let mut back = Back { cash, named: Vec::new() };
        for named in &self.named {
            let (used, rest) = cut(named.amount)?;
            if used > Fen::ZERO {
                from.push(named.pays(used));
            }
            if rest > Fen::ZERO {
                back.named.push(named.goes_back(rest));
            }
        }
        Ok((from, back))
    }

    /// Takes what the goods that come back had used of limits off what was `used`: the other goods of an exchange are priced as if
    /// they were bought after it. `members` are the ids of the buyer, whose own uses may be among them.
    pub fn give_back_uses(&self, members: &[MemberId], used: &mut BTreeMap<RuleId, Used>) {
        let before = &self.case.before.by_line;
        let mut after = before.clone();
        for line in &self.refunded.lines {
            *after.entry(line.no).or_default() += line.quantity_milli;
        }
        let own = self.case.head.member.is_some_and(|member| members.contains(&member));
        for of in &self.case.head.promotions {
            let ((times_then, pieces_then), (times, pieces)) = (of.kept(before), of.kept(&after));
            if let Some(used) = used.get_mut(&of.rule) {
                used.in_all_pieces = used.in_all_pieces.saturating_sub(u64::from(pieces_then.saturating_sub(pieces)));
                if own {
                    used.by_member_times = used.by_member_times.saturating_sub(u64::from(times_then.saturating_sub(times)));
                }
            }
        }
    }

    /// The lines that come back, named as they were sold.
    pub fn lines(&self) -> Vec<RefundLine> {
        let named = self.refunded.lines.iter().filter_map(|back| {
            let line = self.case.lines.iter().find(|line| line.no == back.no)?;
            Some(RefundLine {
                no: back.no,
                product: line.product,
                name: line.name.clone(),
                unit: line.unit.clone(),
                quantity_milli: back.quantity_milli,
                amount_fen: back.amount_fen,
            })
        });
        named.collect()
    }
}

/// Money that goes back, less what pays for other goods.
struct Back {
    cash: Fen,
    named: Vec<Tender>,
}

/// What cards gave goes to the card that lives in the place of each. Where that was paid out it goes nowhere: the law's reckoning
/// counted these goods as used, and paying for them now could give more than was ever paid in, or bonus as money. It is said, not
/// paid, and no longer refundable.
fn onto_cards(book: &Reading<'_>, refunded: &Refunded) -> Result<Vec<Tender>, Failed> {
    let mut tenders = Vec::new();
    for Part { kind, amount_fen, .. } in &refunded.parts {
        let (PartKind::Principal(card) | PartKind::Bonus(card)) = kind else { continue };
        let put = match (book.living_card(*card)?, kind) {
            (None, _) => OnCard { settled: *amount_fen, ..OnCard::of(*card) },
            (Some(card), PartKind::Bonus(_)) => OnCard { bonus: *amount_fen, ..OnCard::of(card) },
            (Some(card), _) => OnCard { principal: *amount_fen, ..OnCard::of(card) },
        };
        put.onto(&mut tenders)?;
    }
    Ok(tenders)
}

struct OnCard {
    card: CardId,
    principal: Fen,
    bonus: Fen,
    settled: Fen,
}

impl OnCard {
    const fn of(card: CardId) -> Self {
        Self { card, principal: Fen::ZERO, bonus: Fen::ZERO, settled: Fen::ZERO }
    }

    /// One tender for one card.
    fn onto(self, tenders: &mut Vec<Tender>) -> Result<(), Code> {
        for tender in tenders.iter_mut() {
            if let Tender::Card { card, principal_fen, bonus_fen, settled_fen, .. } = tender
                && *card == self.card
            {
                *principal_fen = principal_fen.plus(self.principal)?;
                *bonus_fen = bonus_fen.plus(self.bonus)?;
                *settled_fen = settled_fen.plus(self.settled)?;
                return Ok(());
            }
        }
        let Self { card, principal, bonus, settled } = self;
        tenders.push(Tender::Card { card, principal_fen: principal, bonus_fen: bonus, settled_fen: settled, approved_by: None });
        Ok(())
    }
}

/// What of a refund is not paid, since the card that gave it was paid out.
pub(super) fn not_paid(book: &Reading<'_>, refunded: &Refunded) -> Result<Fen, Failed> {
    Ok(settled(&onto_cards(book, refunded)?)?)
}
