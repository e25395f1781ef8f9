//! The limits and periods that the law sets, as data: a chain starts with the national pack and puts a city's in its
//! place where one is stricter. What the law gives the customer is a floor that no pack goes below.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::refund::CardRefund;
use crate::{error::Code, money::Fen, name};

/// Anonymous cards are valid for at least three years (Measures 2012).
const VALID_MONTHS_LEAST: u32 = 36;
/// Seven days to ask for the principal back (Interpretation 2025).
const COOLING_DAYS_LEAST: u32 = 7;
/// Longer periods are a slip of the pen: a century.
const PERIOD_MOST: u32 = 1200;

/// What holds for the cards of one place. Amounts are per card or per purchase, as said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardLaw {
    /// Whose pack it is: 全国, or a city with rules of its own.
    pub city: String,
    /// What a registered card may hold after a top-up. Measures 2012: 5,000 yuan.
    pub registered_most_fen: Fen,
    /// What an anonymous card may hold after a top-up. Measures 2012: 1,000 yuan.
    pub anonymous_most_fen: Fen,
    /// Whether bonus counts towards the two limits. The Measures limit a card's 资金余额 and do not speak of bonus: as
    /// shipped it counts, which is the stricter reading.
    pub bonus_counts: bool,
    /// From this purchase on, itself included, an identity document is shown and kept for registered cards. Measures
    /// 2012: every purchase and top-up, so zero.
    pub identity_registered_from_fen: Fen,
    /// The same for anonymous cards. Measures 2012: 10,000 yuan in one purchase.
    pub identity_anonymous_from_fen: Fen,
    /// From this purchase on, itself included, a person pays by bank transfer and not in cash. Measures 2012: 50,000 yuan.
    pub transfer_person_from_fen: Fen,
    /// The same for a company. Measures 2012: 5,000 yuan.
    pub transfer_company_from_fen: Fen,
    /// How long an anonymous card is valid. Measures 2012: at least three years; a registered card has no end.
    pub anonymous_valid_months: u32,
    /// Days after the payment in which the unused principal is given back without a reason. Interpretation 2025: seven.
    pub cooling_days: u32,
    /// A card given back is paid out in cash when that is less than this, else to an account. Measures 2012, article 21: 100 yuan.
    /// Within the cooling period what had been paid in cash may be paid back in cash, whatever it is: the article keeps a card
    /// from turning other money into cash, and there the payment itself is undone.
    #[serde(default = "refund_cash_shipped")]
    pub refund_cash_below_fen: Fen,
}

const fn refund_cash_shipped() -> Fen {
    Fen::constant(10_000)
}

impl CardLaw {
    /// The national pack.
    pub fn shipped() -> Self {
        Self {
            city: "全国".to_owned(),
            registered_most_fen: Fen::constant(500_000),
            anonymous_most_fen: Fen::constant(100_000),
            bonus_counts: true,
            identity_registered_from_fen: Fen::ZERO,
            identity_anonymous_from_fen: Fen::constant(1_000_000),
            transfer_person_from_fen: Fen::constant(5_000_000),
            transfer_company_from_fen: Fen::constant(500_000),
            anonymous_valid_months: VALID_MONTHS_LEAST,
            cooling_days: COOLING_DAYS_LEAST,
            refund_cash_below_fen: refund_cash_shipped(),
        }
    }

    /// Whether the pack can be put in force. Errors: `name.invalid` and `text.too_long` for the city, `amount.invalid` for
    /// a limit that is not positive, a negative threshold or a period past all sense, `card.law_too_weak` for a period
    /// shorter than the law's.
    pub fn check(&self) -> Result<(), Code> {
        named(&self.city)?;
        let limits = [self.registered_most_fen, self.anonymous_most_fen];
        let thresholds = [
            self.identity_registered_from_fen,
            self.identity_anonymous_from_fen,
            self.transfer_person_from_fen,
            self.transfer_company_from_fen,
            self.refund_cash_below_fen,
        ];
        let too_long = self.anonymous_valid_months > PERIOD_MOST || self.cooling_days > PERIOD_MOST;
        if limits.iter().any(|limit| *limit <= Fen::ZERO) || thresholds.iter().any(|from| *from < Fen::ZERO) || too_long {
            return Err(Code::AmountInvalid);
        }
        if self.anonymous_valid_months < VALID_MONTHS_LEAST || self.cooling_days < COOLING_DAYS_LEAST {
            return Err(Code::CardLawTooWeak);
        }
        Ok(())
    }

    /// What one card may hold, and the code that says it would hold more.
    pub(super) fn limit(&self, registered: bool) -> (Fen, Code) {
        if registered { (self.registered_most_fen, Code::CardLimitRegistered) } else { (self.anonymous_most_fen, Code::CardLimitAnonymous) }
    }

    /// Whether a card's refund may be paid in cash, when `paid_in_cash` of what was ever paid onto it was.
    pub fn may_pay_cash(&self, worth: &CardRefund, paid_in_cash: Fen) -> bool {
        let undone = worth.explained.cooling_fen.is_some() && worth.refund_fen <= paid_in_cash;
        worth.refund_fen < self.refund_cash_below_fen || undone
    }

    /// The part of a card's balances that the limit looks at.
    pub(super) fn counted(&self, principal: Fen, bonus: Fen) -> Result<Fen, Code> {
        if self.bonus_counts { principal.plus(bonus) } else { Ok(principal) }
    }
}

/// The law of a chain: the pack of most of its stores, and those of cities that say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardLaws {
    /// What holds where no city's pack does.
    #[serde(flatten)]
    pub elsewhere: CardLaw,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cities: Vec<CardLaw>,
}

impl From<CardLaw> for CardLaws {
    fn from(elsewhere: CardLaw) -> Self {
        Self { elsewhere, cities: Vec::new() }
    }
}

impl CardLaws {
    /// China has some 300 cities, and counties of their own mind.
    const CITIES_MOST: usize = 400;

    /// The national pack everywhere.
    pub fn shipped() -> Self {
        CardLaw::shipped().into()
    }

    /// What holds in a city; a store of which none is known goes by the pack of most.
    pub fn of(&self, city: &str) -> &CardLaw {
        let city = name::fold(city);
        self.cities.iter().find(|pack| name::fold(&pack.city) == city).unwrap_or(&self.elsewhere)
    }

    /// Every pack, that of most stores first.
    pub fn packs(&self) -> impl Iterator<Item = &CardLaw> {
        std::iter::once(&self.elsewhere).chain(&self.cities)
    }

    /// Errors: those of a pack, `rule.too_long`, `name.taken` for two packs of one place.
    pub fn check(&self) -> Result<(), Code> {
        if self.cities.len() > Self::CITIES_MOST {
            return Err(Code::RuleTooLong);
        }
        let mut places = std::collections::BTreeSet::new();
        self.packs().try_for_each(|pack| {
            pack.check()?;
            if places.insert(name::fold(&pack.city)) { Ok(()) } else { Err(Code::NameTaken) }
        })
    }
}

/// A name that a person can find it by. Errors: `name.invalid`, `text.too_long`.
pub(super) fn named(text: &str) -> Result<(), Code> {
    if name::clean(text)?.is_empty() { Err(Code::NameInvalid) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{CardFacts, Cause, kind::GiftParts},
        *,
    };

    #[track_caller]
    fn check(change: impl FnOnce(&mut CardLaw), expect: Result<(), Code>) {
        let mut law = CardLaw::shipped();
        change(&mut law);
        assert_eq!(law.check(), expect, "{law:?}");
    }

    #[test]
    fn what_is_shipped_can_be_put_in_force() {
        check(|_| {}, Ok(()));
        let text = serde_json::to_string(&CardLaw::shipped()).unwrap();
        assert_eq!(serde_json::from_str::<CardLaw>(&text).unwrap(), CardLaw::shipped());
        // Written before it said how a refund is paid.
        let old = text.replace(r#","refund_cash_below_fen":10000"#, "");
        assert_ne!(old, text);
        assert_eq!(serde_json::from_str::<CardLaw>(&old).unwrap(), CardLaw::shipped());
    }

    #[test]
    fn cash_for_little_and_for_what_was_cash_a_week_ago() {
        let facts = |paid: i32, used: i32, today: &str| CardFacts {
            paid_fen: Fen::constant(paid),
            gift_fen: Fen::ZERO,
            gift_to_come_fen: Fen::ZERO,
            used_list_fen: Fen::constant(used),
            used_principal_fen: Fen::constant(used),
            used_bonus_fen: Fen::ZERO,
            first_paid_day: Some("2026-03-02".into()),
            today: today.into(),
            cause: Cause::Customer,
        };
        let (week, later) = ("2026-03-09", "2026-03-10");
        for (below, paid, used, today, in_cash, expect) in [
            (10_000, 9_999, 0, later, 0, true),
            (10_000, 10_000, 0, later, 10_000, false),
            (10_000, 30_000, 20_001, later, 30_000, true),
            (10_000, 30_000, 20_000, later, 30_000, false),
            (10_000, 30_000, 0, week, 30_000, true),
            (10_000, 30_000, 0, week, 29_999, false),
            (10_000, 30_000, 5_000, week, 25_000, true),
            (0, 1, 0, later, 1, false),
            (0, 1, 0, week, 1, true),
        ] {
            let law = CardLaw { refund_cash_below_fen: Fen::constant(below), ..CardLaw::shipped() };
            let worth = facts(paid, used, today).refund(&law, GiftParts::Promised).unwrap();
            assert_eq!(law.may_pay_cash(&worth, Fen::constant(in_cash)), expect, "{below} {paid} {used} {today} {in_cash}");
        }
    }

    #[test]
    fn a_stricter_city_is_fine_and_a_weaker_one_is_not() {
        check(|law| law.registered_most_fen = Fen::constant(100_000), Ok(()));
        check(|law| law.anonymous_valid_months = 60, Ok(()));
        check(|law| law.cooling_days = 15, Ok(()));
        check(|law| law.anonymous_valid_months = 35, Err(Code::CardLawTooWeak));
        check(|law| law.cooling_days = 6, Err(Code::CardLawTooWeak));
    }

    #[test]
    fn a_city_goes_by_its_own_pack_and_every_other_by_that_of_most() {
        let hangzhou = CardLaw { city: "杭州".into(), cooling_days: 15, ..CardLaw::shipped() };
        let laws = CardLaws { cities: vec![hangzhou.clone()], ..CardLaws::shipped() };
        for (city, days) in [("杭州", 15), (" 杭州 ", 15), ("上海", 7), ("", 7)] {
            assert_eq!(laws.of(city).cooling_days, days, "{city}");
        }
        assert_eq!(laws.check(), Ok(()));
        let twice = CardLaws { cities: vec![hangzhou.clone(), hangzhou.clone()], ..CardLaws::shipped() };
        assert_eq!(twice.check(), Err(Code::NameTaken));
        let national = CardLaws { cities: vec![CardLaw::shipped()], ..CardLaws::shipped() };
        assert_eq!(national.check(), Err(Code::NameTaken));
        let weak = CardLaws { cities: vec![CardLaw { cooling_days: 6, ..hangzhou.clone() }], ..CardLaws::shipped() };
        assert_eq!(weak.check(), Err(Code::CardLawTooWeak));
        let many = (0..401).map(|n| CardLaw { city: format!("城{n}"), ..CardLaw::shipped() }).collect();
        assert_eq!(CardLaws { cities: many, ..CardLaws::shipped() }.check(), Err(Code::RuleTooLong));
    }

    #[test]
    fn a_law_written_before_cities_had_packs_reads_as_it_was() {
        let written = serde_json::to_string(&CardLaw::shipped()).unwrap();
        assert_eq!(serde_json::from_str::<CardLaws>(&written).unwrap(), CardLaws::shipped());
        assert_eq!(serde_json::to_string(&CardLaws::shipped()).unwrap(), written);
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        check(|law| law.city = "  ".into(), Err(Code::NameInvalid));
        check(|law| law.city = "城".repeat(61), Err(Code::TextTooLong));
        check(|law| law.registered_most_fen = Fen::ZERO, Err(Code::AmountInvalid));
        check(|law| law.anonymous_most_fen = Fen::constant(-1), Err(Code::AmountInvalid));
        check(|law| law.identity_registered_from_fen = Fen::constant(-1), Err(Code::AmountInvalid));
        check(|law| law.identity_anonymous_from_fen = Fen::constant(-1), Err(Code::AmountInvalid));
        check(|law| law.transfer_person_from_fen = Fen::constant(-1), Err(Code::AmountInvalid));
        check(|law| law.transfer_company_from_fen = Fen::constant(-1), Err(Code::AmountInvalid));
        check(|law| law.refund_cash_below_fen = Fen::constant(-1), Err(Code::AmountInvalid));
        check(|law| law.anonymous_valid_months = 1201, Err(Code::AmountInvalid));
        check(|law| law.cooling_days = 1201, Err(Code::AmountInvalid));
    }
}
