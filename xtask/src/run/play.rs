//! The main job, played through the tills' own doors: what a cashier would do, with the times it took.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{chain::Chain, chain::Till, http::Desk};
use crate::{say, stop::Stop};

const LOOK: Duration = Duration::from_millis(20);
const SOON: Duration = Duration::from_secs(90);
/// Five kinds of goods that a household shop carries.
const WANTED: [&str; 5] = ["纸", "洗", "刷", "盆", "杯"];
pub const FAMILY_NAME: &str = "王";

/// Plays it and says each step; says `false` where a till of an older run was stopped for good, revoked perhaps, and it cannot be played.
pub fn play(chain: &Chain) -> Result<bool, Stop> {
    let (mut a, mut b) = (chain.a.desk(), chain.b.desk());
    let mut links = [String::new(), String::new()];
    until("both tills are online", || {
        links = [link(&mut a)?, link(&mut b)?];
        Ok(links.iter().any(|link| link == "stopped") || links.iter().all(|link| link == "online"))
    })?;
    if let Some((name, _)) = ["A", "B"].iter().zip(&links).find(|(_, link)| *link == "stopped") {
        told(&format!("till {name} does not sync any more, and says why on its screen: the main job is left out"), None);
        told("without --keep a fresh chain is laid", None);
        return Ok(false);
    }
    told("both tills are online", None);

    let begun = Instant::now();
    chain.proxy.cut();
    until("till B notices", || Ok(link(&mut b)? == "offline"))?;
    told("till B is cut off: its sockets are closed, and it says so itself", Some(begun.elapsed()));

    sign_in(&chain.a, &mut a)?;
    sign_in(&chain.b, &mut b)?;
    let sale = sell(&mut a)?;
    let receipt = text(&sale["receipt_no"]);
    let member = sale["member"]["id"].clone();

    if shows(&mut b, &member, &receipt)?.is_some() {
        return Err(Stop::new("till B knows of the sale though it is cut off."));
    }
    told("till B does not know of it, and finds the member all the same", None);

    let begun = Instant::now();
    chain.proxy.open();
    let mut seen = None;
    until("till B shows the purchase", || {
        seen = shows(&mut b, &member, &receipt)?;
        Ok(seen.is_some())
    })?;
    let points = seen.map(|page| text(&page["card"]["points"])).unwrap_or_default();
    told(&format!("the line is open: till B's member page shows receipt {receipt}, {points} points in all"), Some(begun.elapsed()));

    let next = text(&sell(&mut a)?["receipt_no"]);
    let begun = Instant::now();
    until("till B shows the next purchase", || Ok(shows(&mut b, &member, &next)?.is_some()))?;
    told(&format!("with both online receipt {next} is on till B's member page too"), Some(begun.elapsed()));
    agree(&mut a, &mut b)?;
    Ok(true)
}

/// Signs the manager in. Anybody of the demo chain would do.
pub fn sign_in(till: &Till, desk: &mut Desk) -> Result<(), Stop> {
    let list = desk.ask("session.staff")?;
    let staff = list["staff"].as_array().cloned().unwrap_or_default();
    let manager = staff.iter().find(|person| person["role"] == "manager");
    let manager = manager.ok_or_else(|| Stop::new(format!("till {} knows no manager", till.name)))?;
    let begun = Instant::now();
    desk.rpc("session.sign_in", &json!({ "staff_id": manager["id"], "pin": "1001" }))?;
    told(&format!("till {}: {} signs in by PIN", till.name, text(&manager["name"])), Some(begun.elapsed()));
    Ok(())
}

fn sell(desk: &mut Desk) -> Result<Value, Stop> {
    let begun = Instant::now();
    let found = desk.rpc("member.search", &json!({ "text": FAMILY_NAME }))?;
    let member = &found["hits"][0]["member"];
    told(&format!("till A: finds member {} {}", text(&member["name"]), text(&member["phone"])), Some(begun.elapsed()));
    desk.rpc("cart.member", &json!({ "member_id": member["id"] }))?;
    for code in goods(desk)? {
        let begun = Instant::now();
        let entered = desk.rpc("cart.enter", &json!({ "text": code }))?;
        let lines = entered["cart"]["lines"].as_array().cloned().unwrap_or_default();
        let line = lines.last().cloned().unwrap_or_default();
        told(&format!("till A: scans {code}  {}  {}", text(&line["name"]), yuan(&line["amount_fen"])), Some(begun.elapsed()));
    }
    let cart = desk.ask("cart.get")?;
    let notes = desk.ask("pay.suggest")?;
    let given = notes["cash_fen"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
    let begun = Instant::now();
    let request = json!({ "cart_id": cart["id"], "revision": cart["revision"], "tenders": [{ "kind": "cash", "given_fen": given }] });
    let sale = desk.rpc("sale.pay", &request)?;
    let due = yuan(&sale["totals"]["due_fen"]);
    let change = yuan(&sale["change_fen"]);
    told(
        &format!("till A: {due} due, {} given, {change} back, receipt {}", yuan(&given), text(&sale["receipt_no"])),
        Some(begun.elapsed()),
    );
    Ok(sale)
}

/// Barcodes of five goods.
pub fn goods(desk: &mut Desk) -> Result<Vec<String>, Stop> {
    let mut codes: Vec<String> = Vec::new();
    for word in WANTED {
        let found = desk.rpc("product.search", &json!({ "text": word }))?;
        let hits = found["products"].as_array().cloned().unwrap_or_default();
        let code = hits.iter().map(|hit| text(&hit["barcode"])).find(|code| !codes.contains(code));
        codes.push(code.ok_or_else(|| Stop::new(format!("the demo chain has no goods named {word}")))?);
    }
    Ok(codes)
}

/// The member's page, when the purchase stands on it.
fn shows(desk: &mut Desk, member: &Value, receipt: &str) -> Result<Option<Value>, Stop> {
    let page = desk.rpc("member.get", &json!({ "id": member, "after": null }))?;
    let timeline = page["timeline"].as_array().cloned().unwrap_or_default();
    Ok(timeline.iter().any(|item| item["receipt_no"] == receipt).then_some(page))
}

/// Both fold their operations anew, and compare with the server and with each other.
fn agree(a: &mut Desk, b: &mut Desk) -> Result<(), Stop> {
    let begun = Instant::now();
    let mut last = [Value::Null, Value::Null];
    until("the books agree", || {
        last = [a.ask("status.verify")?, b.ask("status.verify")?];
        let [one, other] = &last;
        let right = |report: &Value| report["ok"] == true && report["agrees_with_server"] == true;
        Ok(right(one) && right(other) && one["digest"] == other["digest"])
    })
    .map_err(|stop| Stop::new(format!("{stop}\n{}\n{}", last[0], last[1])))?;
    let digest: String = text(&last[0]["digest"]).chars().take(12).collect();
    let operations = text(&last[0]["operations"]);
    let seq = text(&last[0]["at_seq"]);
    let said = format!("`verify` agrees on A, B and the server: {operations} operations, sequence {seq}, digest {digest}…");
    told(&said, Some(begun.elapsed()));
    Ok(())
}

fn link(desk: &mut Desk) -> Result<String, Stop> {
    Ok(text(&desk.ask("status.get")?["sync"]["link"]["state"]))
}

pub fn until(what: &str, mut holds: impl FnMut() -> Result<bool, Stop>) -> Result<(), Stop> {
    let begun = Instant::now();
    while !holds()? {
        if begun.elapsed() > SOON {
            return Err(Stop::new(format!("waited {} in vain until {what}", say::time(SOON))));
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

fn told(what: &str, took: Option<Duration>) {
    let took = took.map(|took| format!("  ({})", say::time(took))).unwrap_or_default();
    println!("      {what}{took}");
}

/// A value as a person reads it: text without quotes.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Fen as ￥12.34.
fn yuan(fen: &Value) -> String {
    let fen = fen.as_i64().unwrap_or_default();
    format!("￥{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_in_yuan() {
        assert_eq!(yuan(&json!(123_405)), "￥1234.05");
        assert_eq!(text(&json!("a")), "a");
        assert_eq!(text(&json!(7)), "7");
    }
}
