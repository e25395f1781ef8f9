//! Coupons (C4): templates as data, codes that notice a mistyped letter, and when a coupon may be used.
//!
//! What a coupon takes off is a promotion like any other, so that the search for the best price weighs it against the rest
//! and every fen it takes off has a line that says why. A coupon is used only where it helps.

mod gift;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use gift::{Kept, OnSale, Recall, gift_of_sale};

use crate::{
    error::Code,
    ids::{BatchId, CouponId, MemberId, RuleId},
    money::Fen,
    name,
    promo::{self, Kind, Promotion, Threshold},
    time,
};

/// One version of a kind of coupon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CouponTemplate {
    /// What it takes off, on what, for whom and how it stacks: amount (`off`), percent (`percent`), an item for a price or for
    /// nothing (`add_on`).
    pub effect: Promotion,
    pub validity: Validity,
    /// How many of this kind one member is given at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_member_most: Option<u32>,
    /// Every new member is given one (B4).
    #[serde(default)]
    pub on_sign_up: bool,
    /// A member who buys for so much is given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_sale: Option<OnSale>,
}

/// When a coupon may be used, fixed as it is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "validity", rename_all = "snake_case")]
pub enum Validity {
    /// Milliseconds since 1970; the end is exclusive.
    Fixed { from: i64, until: i64 },
    /// From the issue to the end of the last of so many business days, the first included.
    Days { days: u32 },
}

const DAYS_MOST: u32 = 3660;
const DAY_MS: i64 = 24 * 3600 * 1000;

impl CouponTemplate {
    pub fn name(&self) -> &str {
        &self.effect.name
    }

    /// Whether it can be put in force. Errors: `coupon.kind`, `coupon.validity`, `coupon.counted` for limits that other carts
    /// count towards, `amount.invalid` for a kind of which a member is given none, those of the promotion and of [`OnSale`].
    pub fn check(&self) -> Result<(), Code> {
        name::clean(&self.effect.name)?;
        promo::check(&self.effect)?;
        match &self.effect.kind {
            Kind::Off { each: false, .. } | Kind::Percent { .. } | Kind::AddOn { .. } => {}
            _ => return Err(Code::CouponKind),
        }
        // Each coupon is used once, and uses are counted by promotion: such a limit would be shown and never hold.
        if self.effect.limits.is_counted() {
            return Err(Code::CouponCounted);
        }
        if self.per_member_most == Some(0) {
            return Err(Code::AmountInvalid);
        }
        match self.validity {
            Validity::Fixed { from, until } if from < until => {}
            Validity::Days { days } if (1..=DAYS_MOST).contains(&days) => {}
            _ => return Err(Code::CouponValidity),
        }
        self.on_sale.as_ref().map_or(Ok(()), OnSale::check)?;
        // Two lists of goods in one operation: together they have the room that a promotion has alone.
        let bytes = serde_json::to_vec(self).map_err(|_| Code::Internal)?;
        if bytes.len() >= promo::BYTES_MOST { Err(Code::RuleTooLong) } else { Ok(()) }
    }

    /// From when until when a coupon issued at `at` may be used. Errors with `coupon.expired` where that is over already.
    pub fn window(&self, at: i64) -> Result<(i64, i64), Code> {
        let (from, until) = match self.validity {
            Validity::Fixed { from, until } => (from, until),
            Validity::Days { days } => {
                let midnight = at.saturating_sub(time::since_midnight_ms(at));
                (at, midnight.saturating_add(i64::from(days).saturating_mul(DAY_MS)))
            }
        };
        if until <= at { Err(Code::CouponExpired) } else { Ok((from, until)) }
    }
}

/// A coupon as a book holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    pub coupon: CouponId,
    pub code: String,
    pub template: RuleId,
    pub version: u32,
    pub member: Option<MemberId>,
    pub from: i64,
    pub until: i64,
    /// Of a batch that was closed to count, or of none.
    pub counts: bool,
    /// 1 until it is used or taken back; below zero where tills that did not know of each other did both, or one of them twice.
    pub left: i64,
    pub recall: Recall,
}

impl Coupon {
    /// Whether a buyer may use it at a moment. `members` are the ids of the person on the cart. Errors: `coupon.unknown`,
    /// `coupon.used`, `coupon.taken_back`, `coupon.not_yours`, `coupon.not_yet`, `coupon.expired`. A clock that is known to be wrong by more than
    /// a day (`clock_frozen`) tells no time, so that coupons wait for it: `clock.frozen`.
    pub fn usable(&self, members: &[MemberId], at: i64, clock_frozen: bool) -> Result<(), Code> {
        if !self.counts {
            return Err(Code::CouponUnknown);
        }
        self.unspent()?;
        if self.member.is_some_and(|owner| !members.contains(&owner)) {
            return Err(Code::CouponNotYours);
        }
        if clock_frozen {
            return Err(Code::ClockFrozen);
        }
        match (at < self.from, at >= self.until) {
            (true, _) => Err(Code::CouponNotYet),
            (_, true) => Err(Code::CouponExpired),
            _ => Ok(()),
        }
    }

    /// Whether anything is left of it. Errors: `coupon.used`, `coupon.taken_back`.
    pub const fn unspent(&self) -> Result<(), Code> {
        match self.recall {
            _ if self.left > 0 => Ok(()),
            Recall::Done | Recall::UsedAfter => Err(Code::CouponTakenBack),
            Recall::Never | Recall::TooLate => Err(Code::CouponUsed),
        }
    }
}

/// The batch that a level's gift to a member is: the same wherever it is worked out, so that tills which do not know of each
/// other give one gift between them (C2). Its id is of UUID's version 8, as no other batch's is.
pub fn gift_batch(member: MemberId, tiers: RuleId, level: &str) -> BatchId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"hefu gift of a level").update(member.as_bytes()).update(tiers.as_bytes()).update(level.as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    BatchId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The letters of a code: none that is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// What every code begins with, so that no barcode of goods or payment is one.
const PREFIX: &str = "HC";
const RANDOM_LETTERS: usize = 16;
/// The largest prime below 32 × 32: two letters of check find every mistyped letter and every swapped pair.
const CHECK_PRIME: u32 = 1021;

/// A code of 80 random bits: `HC`, 16 letters and 2 of check.
pub fn new_code(random: [u8; 10]) -> String {
    let bits = random.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let mut code = PREFIX.to_owned();
    for place in (0..RANDOM_LETTERS).rev() {
        code.push(letter((bits >> (place * 5)) & 31));
    }
    let check = check_of(&code[PREFIX.len()..]).unwrap_or(0);
    code.push(letter(u128::from(check >> 5)));
    code.push(letter(u128::from(check & 31)));
    code
}

/// A code as it was typed or scanned, in the one way it is stored. `None` for what is no code of ours; an error,
/// `coupon.damaged`, for one of which a letter is wrong.
pub fn read_code(text: &str) -> Option<Result<String, Code>> {
    let code: String = text
        .chars()
        .map(crate::phone::narrow)
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let rest = code.strip_prefix(PREFIX)?;
    if rest.len() != RANDOM_LETTERS + 2 || !rest.bytes().all(|b| LETTERS.contains(&b)) {
        return None;
    }
    let (random, check) = rest.split_at(RANDOM_LETTERS);
    let said = check.bytes().try_fold(0u32, |sum, b| Some(sum << 5 | value(b)?))?;
    Some(if check_of(random) == Some(said) { Ok(code) } else { Err(Code::CouponDamaged) })
}

/// Weighted by place, so that two swapped letters differ too.
fn check_of(letters: &str) -> Option<u32> {
    letters.bytes().zip(1u32..).try_fold(0, |sum, (b, place)| Some((sum + place * value(b)?) % CHECK_PRIME))
}

fn value(b: u8) -> Option<u32> {
    LETTERS.iter().position(|letter| *letter == b).and_then(|place| u32::try_from(place).ok())
}

fn letter(value: u128) -> char {
    usize::try_from(value).ok().and_then(|place| LETTERS.get(place)).map_or('0', |b| char::from(*b))
}

/// What a coupon of an amount says it is worth, for a list: `None` for kinds that depend on the goods.
pub fn face(template: &CouponTemplate) -> Option<Fen> {
    match &template.effect.kind {
        Kind::Off { steps, .. } => steps.first().map(|step| step.off_fen),
        _ => None,
    }
}

/// Least that must be bought, in money; zero for none and for what asks for pieces.
pub fn least(template: &CouponTemplate) -> Fen {
    match &template.effect.kind {
        Kind::Off { steps, .. } => steps.first().map_or(Fen::ZERO, |step| step.at_least_fen),
        Kind::Percent { steps, .. } => match steps.first().map(|step| step.at_least) {
            Some(Threshold::Fen(least)) => least,
            _ => Fen::ZERO,
        },
        Kind::AddOn { at_least_fen, .. } => *at_least_fen,
        _ => Fen::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coupon() -> Coupon {
        Coupon {
            coupon: CouponId::from_bytes([1; 16]),
            code: new_code([1; 10]),
            template: RuleId::from_bytes([2; 16]),
            version: 1,
            member: Some(MemberId::from_bytes([3; 16])),
            from: 100,
            until: 200,
            counts: true,
            left: 1,
            recall: Recall::Never,
        }
    }

    #[test]
    fn says_why_a_coupon_cannot_be_used() {
        let mine = [MemberId::from_bytes([3; 16])];
        let other = [MemberId::from_bytes([4; 16])];
        type Case<'a> = (&'a str, Coupon, &'a [MemberId], i64, bool, Result<(), Code>);
        let cases: &[Case<'_>] = &[
            ("good", coupon(), &mine, 100, false, Ok(())),
            ("the last moment", coupon(), &mine, 199, false, Ok(())),
            ("not yet", coupon(), &mine, 99, false, Err(Code::CouponNotYet)),
            ("over", coupon(), &mine, 200, false, Err(Code::CouponExpired)),
            ("another's", coupon(), &other, 150, false, Err(Code::CouponNotYours)),
            ("nobody's", Coupon { member: None, ..coupon() }, &[], 150, false, Ok(())),
            ("no member", coupon(), &[], 150, false, Err(Code::CouponNotYours)),
            ("used", Coupon { left: 0, ..coupon() }, &mine, 150, false, Err(Code::CouponUsed)),
            ("used twice", Coupon { left: -1, ..coupon() }, &mine, 150, false, Err(Code::CouponUsed)),
            ("taken back", Coupon { left: 0, recall: Recall::Done, ..coupon() }, &mine, 150, false, Err(Code::CouponTakenBack)),
            ("used after that", Coupon { left: -1, recall: Recall::UsedAfter, ..coupon() }, &mine, 150, false, Err(Code::CouponTakenBack)),
            ("used before that", Coupon { left: -1, recall: Recall::TooLate, ..coupon() }, &mine, 150, false, Err(Code::CouponUsed)),
            ("of an open batch", Coupon { counts: false, ..coupon() }, &mine, 150, false, Err(Code::CouponUnknown)),
            ("a clock off by days", coupon(), &mine, 150, true, Err(Code::ClockFrozen)),
        ];
        for (case, coupon, members, at, frozen, expect) in cases {
            assert_eq!(coupon.usable(members, *at, *frozen), *expect, "{case}");
        }
    }

    #[test]
    fn what_a_coupon_may_take_off_and_how_long() {
        use crate::promo::{BundlePart, OffStep, PercentStep};
        let fen = Fen::constant;
        let off = |each| Kind::Off { steps: vec![OffStep { at_least_fen: fen(5000), off_fen: fen(1000) }], each, cap_fen: None };
        let days = Validity::Days { days: 30 };
        let refused = |code| Err::<(), _>(code);
        let part = BundlePart { scope: promo::Scope { categories: vec!["饮料".into()], ..promo::Scope::default() }, pieces: 2 };
        for (kind, validity, per_member_most, expect) in [
            (off(false), days, None, Ok(())),
            (
                Kind::Percent { steps: vec![PercentStep { at_least: Threshold::Fen(fen(0)), permille: 900 }], cap_fen: None },
                days,
                None,
                Ok(()),
            ),
            (Kind::AddOn { at_least_fen: fen(0), of: promo::Scope::default(), price_fen: fen(0), most: 1 }, days, Some(1), Ok(())),
            (off(true), days, None, refused(Code::CouponKind)),
            (Kind::Price { permille: 900 }, days, None, refused(Code::CouponKind)),
            (Kind::FixedPrice { price_fen: fen(100) }, days, None, refused(Code::CouponKind)),
            (Kind::Reduce { off_fen: fen(100) }, days, None, refused(Code::CouponKind)),
            (Kind::NthAt { n: 2, permille: 500 }, days, None, refused(Code::CouponKind)),
            (Kind::BuyGet { buy: 1, get: 1, of: None, permille: 0 }, days, None, refused(Code::CouponKind)),
            (Kind::Bundle { parts: vec![part], price_fen: fen(100) }, days, None, refused(Code::CouponKind)),
            (off(false), Validity::Days { days: 0 }, None, refused(Code::CouponValidity)),
            (off(false), Validity::Days { days: DAYS_MOST + 1 }, None, refused(Code::CouponValidity)),
            (off(false), Validity::Fixed { from: 5, until: 5 }, None, refused(Code::CouponValidity)),
            (off(false), Validity::Fixed { from: 5, until: 6 }, None, Ok(())),
            (off(false), days, Some(0), refused(Code::AmountInvalid)),
        ] {
            let template =
                CouponTemplate { effect: Promotion::plain("券", kind), validity, per_member_most, on_sign_up: false, on_sale: None };
            assert_eq!(template.check(), expect, "{template:?}");
        }
    }

    #[test]
    fn a_coupon_is_limited_in_its_own_cart_alone() {
        use crate::promo::Limits;
        let amount =
            Kind::Off { steps: vec![promo::OffStep { at_least_fen: Fen::ZERO, off_fen: Fen::constant(1000) }], each: false, cap_fen: None };
        let none = Limits::default();
        for (limits, expect) in [
            (none, Ok(())),
            (Limits { per_cart_times: Some(1), per_cart_pieces: Some(2), ..none }, Ok(())),
            (Limits { per_member_times: Some(1), ..none }, Err(Code::CouponCounted)),
            (Limits { in_all_pieces: Some(100), ..none }, Err(Code::CouponCounted)),
        ] {
            let effect = Promotion { limits, ..Promotion::plain("券", amount.clone()) };
            let template =
                CouponTemplate { effect, validity: Validity::Days { days: 30 }, per_member_most: None, on_sign_up: false, on_sale: None };
            assert_eq!(template.check(), expect, "{limits:?}");
        }
    }

    #[test]
    fn a_code_reads_as_it_was_made_however_it_is_typed() {
        let code = new_code([0xAB, 3, 0, 255, 1, 2, 9, 77, 200, 31]);
        assert_eq!(code.len(), 20);
        assert_eq!(read_code(&code), Some(Ok(code.clone())));
        let typed = format!(" {}-{} ", &code[..8].to_lowercase(), &code[8..]);
        assert_eq!(read_code(&typed), Some(Ok(code.clone())));
        for other in ["", "6901234567892", "HC", "HCU1234567890123456", "130123456789012345"] {
            assert_eq!(read_code(other), None, "{other}");
        }
    }

    #[test]
    fn every_wrong_letter_and_every_swap_is_noticed() {
        let code = new_code([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        for place in PREFIX.len()..code.len() {
            for letter in LETTERS {
                let mut wrong = code.clone().into_bytes();
                if wrong[place] != *letter {
                    wrong[place] = *letter;
                    let wrong = String::from_utf8(wrong).unwrap();
                    assert_eq!(read_code(&wrong), Some(Err(Code::CouponDamaged)), "{wrong}");
                }
            }
        }
        for place in PREFIX.len()..code.len() - 3 {
            let mut swapped = code.clone().into_bytes();
            swapped.swap(place, place + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            if swapped != code {
                assert_eq!(read_code(&swapped), Some(Err(Code::CouponDamaged)), "{swapped}");
            }
        }
    }
}
