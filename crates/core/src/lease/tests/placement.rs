//! Policy, and what can be lent.

use super::*;
use crate::{
    error::Code,
    ids::{CouponId, MemberId, SaleId},
    posting::{Account, Unit},
};

#[test]
fn what_makes_no_sense_is_refused() {
    let shipped = LeasePolicy::shipped();
    let ahead = |permille, cap| Placement { ahead: Some(Ahead { home_share_permille: permille, cap: amount(cap) }), ..shipped.cards };
    let floor = |much| PointsPlacement { floor: amount(much), ..shipped.points };
    for (what, policy, expect) in [
        ("as shipped", shipped, Ok(())),
        ("all of it ahead", LeasePolicy { cards: ahead(1000, 1), ..shipped }, Ok(())),
        ("none of it", LeasePolicy { cards: ahead(0, 1), ..shipped }, Err(Code::LeaseShareInvalid)),
        ("more than all", LeasePolicy { coupons: ahead(1001, 1), ..shipped }, Err(Code::LeaseShareInvalid)),
        ("a cap of nothing", LeasePolicy { refunds: ahead(500, 0), ..shipped }, Err(Code::AmountInvalid)),
        ("a floor", LeasePolicy { points: floor(100_000), ..shipped }, Ok(())),
        ("too deep a floor", LeasePolicy { points: floor(100_001), ..shipped }, Err(Code::AmountTooLarge)),
        ("a hold of no time", LeasePolicy { hold_seconds: 9, ..shipped }, Err(Code::LeaseWaitInvalid)),
        ("a hold of a day", LeasePolicy { hold_seconds: 86_400, ..shipped }, Err(Code::LeaseWaitInvalid)),
        ("no quarantine", LeasePolicy { quarantine_days: 0, ..shipped }, Err(Code::LeaseWaitInvalid)),
    ] {
        assert_eq!(policy.check(), expect, "{what}");
    }
    let kept = serde_json::to_string(&shipped).unwrap();
    assert_eq!(serde_json::from_str::<LeasePolicy>(&kept).unwrap(), shipped);
    assert_eq!((shipped.hold_ms(), shipped.quarantine_ms()), (120_000, 2_592_000_000));
}

#[test]
fn gives_a_share_of_what_is_free_up_to_the_cap() {
    let ahead = Ahead { home_share_permille: 333, cap: amount(50) };
    for (free, here, expect) in [(100, 0, 33), (100, 40, 10), (100, 60, 0), (2, 0, 0), (1_000, 0, 50), ((1 << 53) - 1, 0, 50)] {
        assert_eq!(ahead.amount(amount(free), amount(here)).get(), expect, "{free} free, {here} here");
    }
}

#[test]
fn lends_of_what_a_customer_spends_from_and_of_nothing_else() {
    let id = uuid::Uuid::from_bytes([3; 16]);
    let all = [
        (CARD, Unit::Fen),
        (Lendable::CardBonus(crate::ids::CardId(id)), Unit::Fen),
        (Lendable::Points(MemberId(id)), Unit::Points),
        (Lendable::Coupon(CouponId(id)), Unit::Coupons),
        (Lendable::Refundable(SaleId(id)), Unit::Fen),
    ];
    for (lendable, unit) in all {
        assert_eq!(lendable.unit(), unit);
        assert_eq!(Lendable::try_from(Account::from(lendable)), Ok(lendable));
        let text = serde_json::to_string(&lendable).unwrap();
        assert_eq!(serde_json::from_str::<Lendable>(&text).unwrap(), lendable);
    }
    assert_eq!(Lendable::try_from(Account::CardsIssued), Err(Code::LeaseDenied));
}
