//! What is kept of a sale is priced again as the sale itself was (A4), and what a promotion's limits counted comes back with the
//! goods (C5).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
mod counter;

use std::sync::atomic::Ordering;

use common::{MORNING, Shop};
use counter::*;
use hefu_core::{
    coupon::{CouponTemplate, new_code},
    ids::{CouponId, MemberId, ProductId, RuleId, SaleId},
    op::{CouponsIssued, Draft, IssuedCoupon, RuleUsed},
    posting::{Account, Unit},
    promo::{BirthdayWindow, Kind, Limits, Promotion, Scope, Window},
    refund::RefundPolicy,
    rules::{RefundRule, RuleBody},
};
use serde_json::{Value, json};

const PHONE: &str = "13812341234";
const DAY_MS: i64 = 86_400_000;

fn repriced() -> RuleBody {
    RuleBody::Refunds(RefundRule { policy: RefundPolicy::Repriced, ..RefundRule::default() })
}

fn limited(promotion: Promotion, limits: Limits) -> RuleBody {
    RuleBody::Promotion(Promotion { limits, ..promotion })
}

/// Goods for cash to the yuan, to a member or to nobody.
fn sell(shop: &Shop, text: &str, member: Option<MemberId>, total: i64) -> SaleId {
    shop.pass(1000);
    enter(shop, text);
    if let Some(member) = member {
        shop.ok("cart.member", json!({ "member_id": member }));
    }
    let sale = pay(shop, &[cash(total)]).unwrap();
    assert_eq!(sale["totals"]["due_fen"], total, "{sale}");
    sale_id(&sale)
}

#[track_caller]
fn gives(shop: &Shop, sale: SaleId, of: &[(u32, i64)], total: i64) {
    shop.pass(1000);
    assert_eq!(give_back(shop, sale, of).unwrap()["total_fen"], total);
}

/// HQ's next versions are in force at the moment of the sale, and the till that makes it has not heard of them.
#[test]
fn a_sale_is_priced_again_by_the_versions_that_its_till_had() {
    for (policy, total) in [(RefundPolicy::Repriced, 6570 - CUP_FEN), (RefundPolicy::Proportional, 6570 - CUP_FEN)] {
        let mut pair = Pair::new();
        rule(&pair.tills[0], 0x33, 1, 0, repriced());
        rule(&pair.tills[0], 0x61, 1, 0, RuleBody::Promotion(off("满80减20", 8000, 2000)));
        pair.meet();
        rule(&pair.tills[0], 0x33, 2, 1, RuleBody::Refunds(RefundRule { policy, ..RefundRule::default() }));
        rule(&pair.tills[0], 0x61, 2, 1, RuleBody::Promotion(off("满50减30", 5000, 3000)));
        rule(&pair.tills[0], 0x62, 1, 1, RuleBody::Promotion(off("满20减5", 2000, 500)));
        pair.tills[1].pass(1000);
        enter(&pair.tills[1], CUP);
        enter(&pair.tills[1], BIG);
        let sale = sale_id(&pay(&pair.tills[1], &[cash(6570)]).unwrap());
        pair.meet();
        // Alone the cup is 59.90 by the sale's own rules; by the later ones it were 29.90, and its share 19.78.
        for till in &pair.tills {
            till.pass(1000);
            assert_eq!(quote(till, sale, &[(2, 1000)]).unwrap()["total_fen"], total);
        }
        gives(&pair.tills[0], sale, &[(2, 1000)], total);
        gives(&pair.tills[0], sale, &[(1, 1000)], CUP_FEN);
        sound(&pair.tills[0]);
    }
}

#[test]
fn what_a_member_had_used_up_is_not_given_to_what_is_kept() {
    let shop = counter();
    rule(&shop, 0x33, 1, 0, repriced());
    let once = Limits { per_member_times: Some(1), ..Limits::default() };
    rule(&shop, 0x61, 1, 0, limited(off("满50减20", 5000, 2000), once));
    let member = member(&shop, PHONE);
    let first = sell(&shop, CUP, Some(member), CUP_FEN - 2000);
    let second = sell(&shop, &format!("2*{CUP}"), Some(member), 2 * CUP_FEN);
    gives(&shop, second, &[(1, 1000)], CUP_FEN);
    // The sale that had it keeps it for what is kept, though it is used up by now.
    gives(&shop, first, &[(1, 1000)], CUP_FEN - 2000);
    gives(&shop, second, &[(1, 1000)], CUP_FEN);
    let third = sell(&shop, &format!("2*{CUP}"), Some(member), 2 * CUP_FEN - 2000);
    gives(&shop, third, &[(1, 1000)], CUP_FEN);
    sound(&shop);
}

#[test]
fn what_a_wrong_clock_kept_from_a_sale_is_not_given_to_what_is_kept() {
    let shop = counter();
    rule(&shop, 0x33, 1, 0, repriced());
    let window = Window { from: Some(1), ..Window::default() };
    rule(&shop, 0x61, 1, 0, RuleBody::Promotion(Promotion { window, ..off("限时满50减20", 5000, 2000) }));
    shop.world.ahead.store(2 * DAY_MS, Ordering::SeqCst);
    let sale = sell(&shop, &format!("2*{CUP}"), None, 2 * CUP_FEN);
    shop.world.ahead.store(0, Ordering::SeqCst);
    gives(&shop, sale, &[(1, 1000)], CUP_FEN);
    let timed = sell(&shop, &format!("2*{CUP}"), None, 2 * CUP_FEN - 2000);
    gives(&shop, timed, &[(1, 1000)], CUP_FEN);
    sound(&shop);
}

/// A coupon that the step gives back buys nothing of what is kept.
#[test]
fn a_coupon_is_not_given_back_and_kept_too() {
    let shop = counter();
    rule(&shop, 0x33, 1, 0, repriced());
    let member = member(&shop, PHONE);
    let kind = Kind::AddOn { at_least_fen: fen(0), of: Scope::default(), price_fen: fen(0), most: 1 };
    let gift = issued(&shop, 0x51, member, Promotion::plain("兑换券", kind));
    let sale = sell_with(&shop, member, gift, BIG_FEN);
    gives(&shop, sale, &[(1, 1000)], 0);
    assert_eq!(left(&shop, gift), 1);
    gives(&shop, sale, &[(2, 1000)], BIG_FEN);
    // The other way round the coupon stays with what it bought.
    let sale = sell_with(&shop, member, gift, BIG_FEN);
    gives(&shop, sale, &[(2, 1000)], BIG_FEN);
    assert_eq!(left(&shop, gift), 0);
    gives(&shop, sale, &[(1, 1000)], 0);
    assert_eq!(left(&shop, gift), 1);
    // One of the same group as what is off the other goods.
    let mut price = Promotion { group: "g".into(), ..Promotion::plain("特价", Kind::Reduce { off_fen: fen(500) }) };
    price.scope.products = vec![ProductId::from_bytes([3; 16])];
    rule(&shop, 0x61, 1, 0, RuleBody::Promotion(price));
    let ten = issued(&shop, 0x52, member, Promotion { group: "g".into(), ..off("立减10", 0, 1000) });
    let sale = sell_with(&shop, member, ten, CUP_FEN - 1000 + BIG_FEN - 500);
    gives(&shop, sale, &[(1, 1000)], CUP_FEN - 1000);
    assert_eq!(left(&shop, ten), 1);
    gives(&shop, sale, &[(2, 1000)], BIG_FEN - 500);
    sound(&shop);
}

fn left(shop: &Shop, coupon: CouponId) -> i64 {
    balance(shop, Account::Coupon(coupon), Unit::Coupons)
}

fn issued(shop: &Shop, n: u8, member: MemberId, effect: Promotion) -> CouponId {
    let template = CouponTemplate { effect, ..ten_off() };
    rule(shop, n, 1, 0, RuleBody::Coupon(template));
    let coupon = CouponId::from_bytes([n; 16]);
    let coupons = vec![IssuedCoupon { coupon, code: new_code([n; 10]), member: Some(member) }];
    let template = RuleUsed { rule: RuleId::from_bytes([n; 16]), version: 1 };
    append(shop, Draft::new(CouponsIssued { batch: None, template, from: MORNING - 1, until: MORNING + 30 * DAY_MS, coupons }));
    coupon
}

/// A cup and the big goods, by a coupon.
fn sell_with(shop: &Shop, member: MemberId, coupon: CouponId, total: i64) -> SaleId {
    shop.pass(1000);
    enter(shop, CUP);
    enter(shop, BIG);
    shop.ok("cart.member", json!({ "member_id": member }));
    assert_eq!(shop.ok("cart.coupon", json!({ "code": null, "coupon_id": coupon }))["totals"]["due_fen"], total);
    sale_id(&pay(shop, &[cash(total)]).unwrap())
}

/// Who was born when is asked at the sale, and not again with what is known by now.
#[test]
fn a_birthday_that_is_corrected_changes_no_refund() {
    let shop = counter();
    rule(&shop, 0x33, 1, 0, repriced());
    let window = Window { birthday: Some(BirthdayWindow::Month), ..Window::default() };
    rule(&shop, 0x61, 1, 0, RuleBody::Promotion(Promotion { window, ..off("生日满50减20", 5000, 2000) }));
    let month = hefu_core::time::business_day(MORNING)[5..7].to_owned();
    let request = json!({ "phone": PHONE, "name": "张小明", "sex": null, "birthday": format!("1990-{month}-15"), "card_no": null });
    let member: MemberId = id(&shop.ok("member.register", request)["member"]["id"]);
    let sale = sell(&shop, &format!("2*{CUP}"), Some(member), 2 * CUP_FEN - 2000);
    let other = if month == "07" { "1990-08-15" } else { "1990-07-15" };
    shop.ok("member.change", json!({ "id": member, "name": null, "sex": null, "birthday": other, "card_no": null }));
    gives(&shop, sale, &[(1, 1000)], CUP_FEN);
    let later = sell(&shop, &format!("2*{CUP}"), Some(member), 2 * CUP_FEN);
    gives(&shop, later, &[(1, 1000)], CUP_FEN);
    sound(&shop);
}

fn due(shop: &Shop) -> i64 {
    cart(shop)["totals"]["due_fen"].as_i64().unwrap()
}

/// A cup at 39.90 for each member once, and five of them in all.
fn flash() -> RuleBody {
    let limits = Limits { per_cart_pieces: Some(1), per_member_times: Some(1), in_all_pieces: Some(5), ..Limits::default() };
    let mut flash = Promotion::plain("限时抢购", Kind::FixedPrice { price_fen: fen(3990) });
    flash.scope.products = vec![hefu_core::ids::ProductId::from_bytes([1; 16])];
    limited(flash, limits)
}

#[test]
fn a_use_comes_back_with_its_goods() {
    let shop = counter();
    rule(&shop, 0x61, 1, 0, flash());
    let member = member(&shop, PHONE);
    let sale = sell(&shop, CUP, Some(member), 3990);
    enter(&shop, CUP);
    shop.ok("cart.member", json!({ "member_id": member }));
    assert_eq!(due(&shop), CUP_FEN, "had it");
    // Of another size: the one that comes back makes room for the one that goes.
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    shop.ok("cart.exchange", json!({ "exchange": refund_of(&view["refund_id"], sale, &[(1, 1000)]) }));
    assert_eq!(due(&shop), 3990);
    let swapped = sale_id(&pay(&shop, &[]).unwrap());
    enter(&shop, CUP);
    shop.ok("cart.member", json!({ "member_id": member }));
    assert_eq!(due(&shop), CUP_FEN, "has it");
    gives(&shop, swapped, &[(1, 1000)], 3990);
    assert_eq!(due(&shop), 3990, "may have it again");
    sound(&shop);
}

#[test]
fn pieces_that_come_back_are_on_offer_again() {
    let shop = counter();
    let limits = Limits { in_all_pieces: Some(3), ..Limits::default() };
    rule(&shop, 0x61, 1, 0, limited(Promotion::plain("限量", Kind::FixedPrice { price_fen: fen(3990) }), limits));
    let sale = sell(&shop, &format!("3*{CUP}"), None, 3 * 3990);
    enter(&shop, CUP);
    assert_eq!(due(&shop), CUP_FEN);
    gives(&shop, sale, &[(1, 500)], 3990 / 2);
    assert_eq!(due(&shop), CUP_FEN, "a piece that is begun is kept");
    gives(&shop, sale, &[(1, 500)], 3990 / 2);
    assert_eq!(due(&shop), 3990);
    sound(&shop);
}

/// Two tills that do not know of each other take back the two lines of one use: each knows the same when they have met.
#[test]
fn two_tills_bring_one_use_back_between_them() {
    let mut pair = Pair::new();
    let once = Limits { per_member_times: Some(1), ..Limits::default() };
    rule(&pair.tills[0], 0x61, 1, 0, limited(off("满80减20", 8000, 2000), once));
    let member = member(&pair.tills[0], PHONE);
    enter(&pair.tills[0], BIG);
    let sale = sell(&pair.tills[0], CUP, Some(member), 6570);
    pair.meet();
    for (till, line) in pair.tills.iter().zip([1, 2]) {
        till.pass(1000);
        give_back(till, sale, &[(line, 1000)]).unwrap();
    }
    pair.meet();
    for till in &pair.tills {
        enter(till, &format!("2*{CUP}"));
        let cart: Value = till.ok("cart.member", json!({ "member_id": member }));
        assert_eq!(cart["totals"]["due_fen"], 2 * CUP_FEN - 2000);
        sound(till);
    }
}
