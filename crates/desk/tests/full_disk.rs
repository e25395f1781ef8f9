//! A disk that fills up while a sale is being paid: the cashier is told so, nothing is half done, and the same cart is paid once there
//! is room (A1, I2).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "this file uses a part of the disk")]

mod common;

use common::Shop;
use hefu_core::error::Code;
use hefu_failing_disk::Disk;
use serde_json::json;

const CUP: &str = "6901234567892";

/// Full after each call to the disk that a payment makes, from the first on.
#[test]
fn what_a_full_disk_refuses_is_paid_once_there_is_room() {
    let disk = Disk::mount();
    let shop = Shop::till_through(|place| place.through(disk.name()));
    shop.sign_in();
    let sold = || shop.ok("sale.today", json!({ "after": null }))["count"].clone();
    let (mut refused, mut last) = (0, false);
    for (calls, sale) in (0..).zip(1..) {
        shop.ok("cart.enter", json!({ "text": CUP }));
        let cart = shop.ok("cart.get", json!({}));
        let payment = json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": [{ "kind": "cash", "given_fen": 6000 }] });
        disk.full_after(calls);
        let paid = shop.call("sale.pay", payment.clone());
        if let Err(error) = &paid {
            assert_eq!(error.code, Code::DiskFull, "full after {calls} calls");
            assert_eq!(shop.ok("cart.get", json!({})), cart, "full after {calls} calls: lines, total and revision");
            assert_eq!(sold(), sale - 1, "full after {calls} calls");
            refused += 1;
        } else {
            last = !disk.is_full();
        }
        disk.make_room();
        let receipt = shop.ok("sale.pay", payment);
        assert_eq!(receipt["receipt_no"], format!("HB-01-{sale:06}"), "full after {calls} calls");
        assert!(paid.is_err() || paid == Ok(receipt), "full after {calls} calls: paid twice");
        assert_eq!(sold(), sale, "full after {calls} calls");
        if last {
            break;
        }
    }
    assert!(refused > 5 && last, "{refused} refusals: the disk does not see the writes");
    assert_eq!(shop.ok("status.verify", json!({}))["ok"], true);
}
