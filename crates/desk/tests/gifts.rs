//! A coupon with a purchase: given once, shown, taken back with its goods, and asked about once in an exchange (C4, A4).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod common;
mod counter;

use common::Shop;
use counter::*;
use hefu_core::{
    coupon::{CouponTemplate, OnSale},
    error::Code,
    ids::{CouponId, MemberId, SaleId},
    posting::{Account, Unit},
    promo::Scope,
    rules::RuleBody,
};
use serde_json::{Value, json};

const NAME: &str = "满50送10";
const KIND: u8 = 0x51;

/// Who pays 50.00 is given ten yuan off.
fn kind(change: impl FnOnce(&mut CouponTemplate)) -> RuleBody {
    let mut template = CouponTemplate {
        effect: off(NAME, 0, 1000),
        on_sale: Some(OnSale { at_least_fen: fen(5000), scope: Scope::default() }),
        ..ten_off()
    };
    change(&mut template);
    RuleBody::Coupon(template)
}

fn shop() -> (Shop, MemberId) {
    let shop = counter();
    rule(&shop, KIND, 1, 0, kind(|_| {}));
    let member = member(&shop, "13812341234");
    (shop, member)
}

/// Goods and a member on the cart.
fn ring(shop: &Shop, member: Option<MemberId>, goods: &[&str]) {
    shop.pass(1000);
    for text in goods {
        enter(shop, text);
    }
    if let Some(member) = member {
        shop.ok("cart.member", json!({ "member_id": member }));
    }
}

/// A sale in cash, and what it gave: the payment column said so before.
#[track_caller]
fn sell(shop: &Shop, member: Option<MemberId>, goods: &[&str]) -> (SaleId, Vec<CouponId>) {
    ring(shop, member, goods);
    settle(shop, &[cash(20_000)])
}

#[track_caller]
fn settle(shop: &Shop, tenders: &[Value]) -> (SaleId, Vec<CouponId>) {
    let request = paying(shop, tenders);
    let said = shop.ok("pay.preview", request.clone());
    let sale = pay(shop, tenders).unwrap();
    assert_eq!(shop.ok("sale.pay", request), sale, "sent twice it is one sale");
    let gifts = sale["gifts"].as_array().unwrap();
    let names: Vec<&Value> = gifts.iter().map(|gift| &gift["name"]).collect();
    assert_eq!(said["gifts"], json!(names));
    (sale_id(&sale), gifts.iter().map(|gift| id(&gift["coupon_id"])).collect())
}

fn left(shop: &Shop, coupon: CouponId) -> i64 {
    balance(shop, Account::Coupon(coupon), Unit::Coupons)
}

/// `(why it cannot be used, what a refund did to it)` of a coupon in the member's list.
fn state(shop: &Shop, member: MemberId, coupon: CouponId) -> (Option<String>, String) {
    let list = shop.ok("coupon.of_member", json!({ "member_id": member }));
    let row = list["coupons"].as_array().unwrap().iter().find(|row| row["coupon_id"] == json!(coupon)).unwrap().clone();
    (row["why_not"].as_str().map(str::to_owned), row["recall"].as_str().unwrap().to_owned())
}

fn bring(shop: &Shop, sale: SaleId, of: &[(u32, i64)]) {
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    shop.ok("cart.exchange", json!({ "exchange": refund_of(&view["refund_id"], sale, of) }));
}

/// Names of what a refund took back: its preview says the same.
#[track_caller]
fn taken(shop: &Shop, sale: SaleId, of: &[(u32, i64)]) -> Vec<String> {
    shop.pass(1000);
    let done = give_back(shop, sale, of).unwrap();
    serde_json::from_value(done["gifts_taken"].clone()).unwrap()
}

#[test]
fn a_member_who_buys_enough_is_given_one() {
    let (shop, member) = shop();
    let (sale, given) = sell(&shop, Some(member), &[CUP]);
    let [coupon] = given[..] else { panic!("one coupon: {given:?}") };
    assert_eq!((left(&shop, coupon), state(&shop, member, coupon)), (1, (None, "never".into())));
    let page = shop.ok("member.get", json!({ "id": member, "after": null }));
    assert_eq!(page["coupons"][0]["coupon_id"], json!(coupon));
    let view = shop.ok("sale.get", json!({ "id": sale }));
    assert_eq!((&view["gifts"][0]["face_fen"], &view["gifts"][0]["taken"]), (&json!(1000), &json!(false)));
    // It serves the next purchase, which pays less than the threshold by it and gives none.
    ring(&shop, Some(member), &[CUP]);
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": coupon }));
    assert_eq!(settle(&shop, &[cash(20_000)]).1, []);
    assert_eq!((left(&shop, coupon), state(&shop, member, coupon)), (0, (Some("coupon.used".into()), "never".into())));
    sound(&shop);
}

#[test]
fn who_is_given_none() {
    let (shop, member) = shop();
    rule(&shop, 0x60, 9, 0, redeeming(|_| {}));
    give_points(&shop, member, 1000);
    assert_eq!(sell(&shop, None, &[CUP]).1, [], "nobody on the cart");
    assert_eq!(sell(&shop, Some(member), &[BIG]).1, [], "too little");
    ring(&shop, Some(member), &[CUP]);
    assert_eq!(settle(&shop, &[by_points(1000), cash(4990)]).1, [], "ten of it in points");
    let card = card(&shop, 0x70, Some(member), 3000, 2000);
    ring(&shop, Some(member), &[CUP]);
    assert_eq!(settle(&shop, &[by_card(card, 5000), cash(990)]).1, [], "twenty of it a card's bonus");
    // Goods out of scope.
    ring(&shop, Some(member), &[CUP]);
    let cup = id(&cart(&shop)["lines"][0]["product_id"]);
    let other = Scope { except_products: vec![cup], ..Scope::default() };
    rule(&shop, KIND, 2, 1, kind(|template| template.on_sale = Some(OnSale { at_least_fen: fen(5000), scope: other })));
    assert_eq!(settle(&shop, &[cash(6000)]).1, []);
    assert_eq!(sell(&shop, Some(member), &[CUP, &format!("2*{BIG}")]).1.len(), 1);
    // A kind whose time is over, and one that is switched off.
    let over = hefu_core::coupon::Validity::Fixed { from: 0, until: 1 };
    rule(&shop, KIND, 3, 2, kind(|template| template.validity = over));
    assert_eq!(sell(&shop, Some(member), &[CUP]).1, []);
    rule(&shop, KIND, 4, 3, kind(|template| template.effect.enabled = false));
    assert_eq!(sell(&shop, Some(member), &[CUP]).1, []);
    sound(&shop);
}

#[test]
fn it_goes_back_with_its_goods() {
    let (shop, member) = shop();
    rule(&shop, KIND, 2, 1, kind(|template| template.per_member_most = Some(1)));
    let (sale, given) = sell(&shop, Some(member), &[&format!("2*{CUP}")]);
    assert_eq!(sell(&shop, Some(member), &[CUP]).1, [], "one for each member");
    assert_eq!(taken(&shop, sale, &[(1, 1000)]), [""; 0], "enough is kept");
    assert_eq!(left(&shop, given[0]), 1);
    assert_eq!(quote(&shop, sale, &[(1, 1)]).unwrap()["gifts_taken"], json!([]), "what counts is all that is kept");
    assert_eq!(taken(&shop, sale, &[(1, 1000)]), [NAME]);
    assert_eq!((left(&shop, given[0]), state(&shop, member, given[0])), (0, (Some("coupon.taken_back".into()), "done".into())));
    assert_eq!(shop.ok("sale.get", json!({ "id": sale }))["gifts"][0]["taken"], true);
    enter(&shop, CUP);
    shop.ok("cart.member", json!({ "member_id": member }));
    let lay = shop.call("cart.coupon", json!({ "code": null, "coupon_id": given[0] }));
    assert_eq!(lay.unwrap_err().code, Code::CouponTakenBack);
    shop.ok("cart.clear", json!({}));
    assert_eq!(sell(&shop, Some(member), &[CUP]).1.len(), 1, "what went back unused is no limit");
    sound(&shop);
}

/// It lay on a cart when its goods came back: paying says that, before and after the cart was shown anew, until it is off.
#[test]
fn one_that_went_back_pays_for_nothing() {
    let (shop, member) = shop();
    let (sale, given) = sell(&shop, Some(member), &[CUP]);
    ring(&shop, Some(member), &[CUP]);
    let laid = shop.ok("cart.coupon", json!({ "code": null, "coupon_id": given[0] }));
    assert_eq!(laid["totals"]["due_fen"], 4990);
    assert_eq!(taken(&shop, sale, &[(1, 1000)]), [NAME]);
    let asked = |cart: &Value| json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": [cash(20_000)] });
    let check = |cart: &Value| {
        for command in ["pay.preview", "sale.pay"] {
            assert_eq!(shop.refused(command, asked(cart)), Code::CouponTakenBack, "{command}");
        }
    };
    check(&laid);
    let anew = cart(&shop);
    assert_eq!(anew["totals"]["due_fen"], 5990);
    check(&anew);
    shop.ok("cart.coupon_remove", json!({ "coupon_id": given[0] }));
    assert_eq!(settle(&shop, &[cash(20_000)]).1.len(), 1);
    sound(&shop);
}

/// The screen said that the coupon goes back; it was used meanwhile, and the same money is another refund.
#[test]
fn a_refund_that_takes_no_coupon_any_more_is_looked_at_again() {
    let (shop, member) = shop();
    let (sale, given) = sell(&shop, Some(member), &[CUP]);
    shop.pass(1000);
    let view = shop.ok("refund.start", json!({ "sale_id": sale }));
    let shown = quote(&shop, sale, &[(1, 1000)]).unwrap();
    assert_eq!((&shown["gifts_taken"], &shown["total_fen"]), (&json!([NAME]), &json!(CUP_FEN)));
    ring(&shop, Some(member), &[TISSUE]);
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": given[0] }));
    settle(&shop, &[cash(20_000)]);
    let pay = |shown: &Value| json!({ "of": refund_of(&view["refund_id"], sale, &[(1, 1000)]), "shown": shown });
    assert_eq!(shop.refused("refund.pay", pay(&shown)), Code::CartChanged);
    assert_eq!(balance(&shop, Account::Refundable(sale), Unit::Fen), CUP_FEN, "nothing was written");
    let anew = quote(&shop, sale, &[(1, 1000)]).unwrap();
    assert_eq!((&anew["gifts_taken"], &anew["total_fen"]), (&json!([]), &shown["total_fen"]));
    assert_eq!(shop.ok("refund.pay", pay(&anew))["gifts_taken"], json!([]));
    sound(&shop);
}

/// I16: in parts and then all, as at once.
#[test]
fn parts_take_it_once() {
    let ways: [&[&[(u32, i64)]]; 3] =
        [&[&[(1, 2000), (2, 1000)]], &[&[(2, 1000)], &[(1, 1000)], &[(1, 1000)]], &[&[(1, 1500)], &[(1, 500), (2, 1000)]]];
    for steps in ways {
        let (shop, member) = shop();
        let (sale, given) = sell(&shop, Some(member), &[&format!("2*{BIG}"), TISSUE]);
        let all: Vec<String> = steps.iter().flat_map(|of| taken(&shop, sale, of)).collect();
        assert_eq!((all, left(&shop, given[0])), (vec![NAME.to_owned()], 0), "{steps:?}");
        assert_eq!(state(&shop, member, given[0]).1, "done");
        sound(&shop);
    }
}

#[test]
fn one_that_was_used_stays_used_until_its_own_purchase_comes_back() {
    let (shop, member) = shop();
    let (first, given) = sell(&shop, Some(member), &[CUP]);
    ring(&shop, Some(member), &[TISSUE]);
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": given[0] }));
    let (second, _) = settle(&shop, &[cash(20_000)]);
    assert_eq!(taken(&shop, first, &[(1, 1000)]), [""; 0]);
    assert_eq!((left(&shop, given[0]), state(&shop, member, given[0]).1), (0, "never".into()));
    // What it paid for comes back: nothing is left of what it was given for, and it goes back to the chain at once.
    shop.pass(1000);
    let done = give_back(&shop, second, &[(1, 1000)]).unwrap();
    assert_eq!((&done["coupons"], &done["gifts_taken"]), (&json!([]), &json!([NAME])));
    assert_eq!((left(&shop, given[0]), state(&shop, member, given[0]).1), (0, "done".into()));
    // While enough of its purchase is kept, it comes back as any other.
    let (_, given) = sell(&shop, Some(member), &[CUP]);
    ring(&shop, Some(member), &[TISSUE]);
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": given[0] }));
    let (third, _) = settle(&shop, &[cash(20_000)]);
    assert_eq!(taken(&shop, third, &[(1, 1000)]), [""; 0]);
    assert_eq!(left(&shop, given[0]), 1);
    sound(&shop);
}

#[test]
fn a_swap_keeps_the_coupon_and_gives_no_second() {
    let (shop, member) = shop();
    let (first, given) = sell(&shop, Some(member), &[CUP]);
    ring(&shop, Some(member), &[CUP]);
    bring(&shop, first, &[(1, 1000)]);
    let (second, more) = settle(&shop, &[]);
    assert_eq!((more.as_slice(), left(&shop, given[0])), (&[][..], 1));
    // And again, with the coupon used in between.
    ring(&shop, Some(member), &[TISSUE]);
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": given[0] }));
    settle(&shop, &[cash(20_000)]);
    ring(&shop, Some(member), &[CUP]);
    bring(&shop, second, &[(1, 1000)]);
    let (third, more) = settle(&shop, &[]);
    assert_eq!(more, []);
    assert_eq!(taken(&shop, third, &[(1, 1000)]), [""; 0], "used, it stays used");
    // Unused, it goes with the last of the goods that it hangs on, whichever sale those are of.
    let (first, given) = sell(&shop, Some(member), &[CUP]);
    ring(&shop, Some(member), &[CUP]);
    bring(&shop, first, &[(1, 1000)]);
    let (second, _) = settle(&shop, &[]);
    assert_eq!(taken(&shop, second, &[(1, 1000)]), [NAME]);
    assert_eq!((left(&shop, given[0]), state(&shop, member, given[0]).1), (0, "done".into()));
    sound(&shop);
}

#[test]
fn a_swap_for_too_little_takes_it_and_a_swap_for_enough_gives_it() {
    let (shop, member) = shop();
    let (first, given) = sell(&shop, Some(member), &[CUP]);
    ring(&shop, Some(member), &[TISSUE]);
    bring(&shop, first, &[(1, 1000)]);
    assert_eq!(shop.ok("pay.preview", paying(&shop, &[]))["gifts_taken"], json!([NAME]));
    let sale = pay(&shop, &[]).unwrap();
    let back = shop.ok("refund.get", json!({ "id": sale["exchanged"]["id"] }));
    assert_eq!((&back["gifts_taken"], &sale["gifts"], left(&shop, given[0])), (&json!([NAME]), &json!([]), 0));

    // What is kept and what is new reach it together; and lose it together.
    let (first, none) = sell(&shop, Some(member), &[BIG, TISSUE]);
    assert_eq!(none, []);
    ring(&shop, Some(member), &[BIG]);
    bring(&shop, first, &[(2, 1000)]);
    let (_, given) = settle(&shop, &[cash(20_000)]);
    assert_eq!((given.len(), left(&shop, given[0])), (1, 1));
    assert_eq!(taken(&shop, first, &[(1, 1000)]), [NAME], "by the goods that were kept of the first");

    // Not what another person kept.
    let (first, _) = sell(&shop, None, &[BIG, TISSUE]);
    ring(&shop, Some(member), &[BIG]);
    bring(&shop, first, &[(2, 1000)]);
    assert_eq!(settle(&shop, &[cash(20_000)]).1, []);
    sound(&shop);
}

#[test]
fn a_coupon_that_pays_for_the_new_goods_is_used() {
    let (shop, member) = shop();
    let (first, given) = sell(&shop, Some(member), &[CUP]);
    ring(&shop, Some(member), &[BIG]);
    bring(&shop, first, &[(1, 1000)]);
    shop.ok("cart.coupon", json!({ "code": null, "coupon_id": given[0] }));
    let (second, more) = settle(&shop, &[]);
    assert_eq!((more.as_slice(), left(&shop, given[0]), state(&shop, member, given[0]).1), (&[][..], 0, "never".into()));
    assert_eq!(taken(&shop, second, &[(1, 1000)]), [NAME], "it would come back, and its purchase is gone");
    assert_eq!(left(&shop, given[0]), 0);
    sound(&shop);
}

/// Till and till: `(sells and gives, uses, refunds)`. Whose act is the first in the sequence wins, everywhere.
#[track_caller]
fn cross(uses: usize, refunds: usize, expect: (&str, &str)) {
    let mut pair = Pair::new();
    rule(&pair.tills[0], KIND, 1, 0, kind(|_| {}));
    let member = member(&pair.tills[0], "13812341234");
    let (sale, given) = sell(&pair.tills[0], Some(member), &[CUP]);
    pair.meet();
    let till = &pair.tills[uses];
    ring(till, Some(member), &[TISSUE]);
    till.ok("cart.coupon", json!({ "code": null, "coupon_id": given[0] }));
    settle(till, &[cash(20_000)]);
    assert_eq!(taken(&pair.tills[refunds], sale, &[(1, 1000)]), [NAME], "it knows of no use");
    pair.meet();
    for till in &pair.tills {
        assert_eq!(left(till, given[0]), -1);
        let (why_not, recall) = state(till, member, given[0]);
        assert_eq!((why_not.as_deref(), recall.as_str()), (Some(expect.0), expect.1));
        sound(till);
    }
}

#[test]
fn a_use_and_a_refund_that_cross_are_decided_by_the_sequence() {
    // The first till's acts come first.
    cross(0, 1, ("coupon.used", "too_late"));
    cross(1, 0, ("coupon.taken_back", "used_after"));
}

/// The sale has come and the issue behind it has not: the refund knows the coupon by the sale.
#[test]
fn a_refund_takes_a_coupon_that_it_has_not_seen() {
    let mut pair = Pair::new();
    rule(&pair.tills[0], KIND, 1, 0, kind(|_| {}));
    let member = member(&pair.tills[0], "13812341234");
    let (sale, given) = sell(&pair.tills[0], Some(member), &[CUP]);
    pair.tell_but(1);
    let far = &pair.tills[1];
    assert_eq!(far.desk.replica().read(|book| book.coupon(given[0])).unwrap(), None);
    assert_eq!(taken(far, sale, &[(1, 1000)]), [NAME]);
    pair.meet();
    for till in &pair.tills {
        assert_eq!((left(till, given[0]), state(till, member, given[0]).1), (0, "done".into()));
        sound(till);
    }
}
