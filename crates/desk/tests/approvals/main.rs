//! What a person may not do alone, and may with a manager's PIN on the spot (A5, F1): every command that takes an approval × who is
//! signed in × what they bring, through the real desk. What is refused changes nothing; what is done names who did it and who allowed
//! it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod acts;
mod bench;
#[path = "../common/mod.rs"]
mod common;
mod guesses;
#[path = "../cards/shop.rs"]
mod shop;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use hefu_core::{access::Role, error::Code};
use hefu_desk::commands::COMMANDS;
use serde_json::{Value, json};

use crate::{
    acts::{ACTS, Act},
    bench::Bench,
};

/// `own`: done by their own right, and nobody else is named. `manager`: done, and the operation names the manager who entered the PIN.
/// Whoever has the right is not asked: nothing looks at the PIN that came along. `no reason` comes with the manager's right PIN; a
/// card that was not shown wants none.
const TABLE: &str = "
act                    | who       | none            | right   | wrong     | cashier's        | elsewhere's   | gone's        | no reason
cart.price             | cashier   | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
cart.price             | assistant | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
cart.price             | manager   | own             | own     | own       | own              | own           | own           | reason.needed
cart.discount          | cashier   | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
cart.discount          | assistant | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
cart.discount          | manager   | own             | own     | own       | own              | own           | own           | reason.needed
cart.exchange          | cashier   | own             | own     | own       | own              | own           | own           | reason.needed
cart.exchange          | assistant | own             | own     | own       | own              | own           | own           | reason.needed
cart.exchange          | manager   | own             | own     | own       | own              | own           | own           | reason.needed
refund.pay             | cashier   | own             | own     | own       | own              | own           | own           | reason.needed
refund.pay             | assistant | own             | own     | own       | own              | own           | own           | reason.needed
refund.pay             | manager   | own             | own     | own       | own              | own           | own           | reason.needed
refund.without_receipt | cashier   | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
refund.without_receipt | assistant | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
refund.without_receipt | manager   | own             | own     | own       | own              | own           | own           | reason.needed
card.change found      | cashier   | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
card.change found      | assistant | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
card.change found      | manager   | own             | own     | own       | own              | own           | own           | reason.needed
card.change member     | cashier   | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
card.change member     | assistant | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
card.change member     | manager   | own             | own     | own       | own              | own           | own           | reason.needed
card.change lost       | cashier   | own             | own     | own       | own              | own           | own           | own
card.change lost       | assistant | own             | own     | own       | own              | own           | own           | own
card.change lost       | manager   | own             | own     | own       | own              | own           | own           | own
card.reissue           | cashier   | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
card.reissue           | assistant | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
card.reissue           | manager   | own             | own     | own       | own              | own           | own           | reason.needed
card.refund            | cashier   | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
card.refund            | assistant | approval.needed | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | reason.needed
card.refund            | manager   | own             | own     | own       | own              | own           | own           | reason.needed
pay.card not shown     | cashier   | card.not_shown  | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | manager
pay.card not shown     | assistant | card.not_shown  | manager | pin.wrong | approval.refused | staff.unknown | staff.unknown | manager
pay.card not shown     | manager   | own             | own     | own       | own              | own           | own           | own
";

const BROUGHT: [&str; 7] = ["none", "right", "wrong", "cashier's", "elsewhere's", "gone's", "no reason"];

const ROLES: [Role; 3] = [Role::Cashier, Role::Assistant, Role::Manager];

type Key = (&'static str, Role);

/// The cells of each row, by act and role.
fn table() -> BTreeMap<Key, BTreeMap<&'static str, &'static str>> {
    let mut lines = TABLE.trim().lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    assert_eq!(lines.next().unwrap()[2..], BROUGHT);
    let mut rows = BTreeMap::new();
    for cells in lines {
        let role: Role = serde_json::from_value(json!(cells[1])).unwrap();
        let row = BROUGHT.into_iter().zip(cells[2..].iter().copied()).collect();
        assert!(rows.insert((cells[0], role), row).is_none(), "{cells:?} stands once");
    }
    rows
}

/// One act in all its rows. The manager's PIN is guessed wrong once in a row at most, and the right one that comes last ends the count.
fn check(act: &Act) {
    let (bench, table) = (Bench::new(), table());
    for role in ROLES {
        let row = &table[&(act.name, role)];
        for brought in ["none", "wrong", "cashier's", "elsewhere's", "gone's", "no reason", "right"] {
            let case = format!("{}, {role:?}, {brought}", act.name);
            let reason = if brought == "no reason" { " " } else { "顾客要求" };
            let subject = (act.prepare)(&bench, role);
            let before = bench.seen(role);
            let done = (act.ask)(&bench, role, &subject, &bench.approval(brought), reason);
            match (row[brought], done) {
                ("own", Ok(())) => assert_eq!(bench.written_since(&before, role), BTreeSet::new(), "{case}"),
                ("manager", Ok(())) => assert_eq!(bench.written_since(&before, role), BTreeSet::from([bench.manager.clone()]), "{case}"),
                (expect, done) => {
                    assert_eq!(done.map_err(|error| error.code.to_string()), Err(expect.to_owned()), "{case}");
                    assert_eq!(bench.seen(role), before, "{case}: nothing has changed");
                }
            }
            let guesses = u32::from(row[brought] == Code::PinWrong.as_str());
            if brought == "wrong" || brought == "right" {
                assert_eq!(bench.guesses(), guesses, "{case}: whoever is not asked for a PIN has not guessed one");
            }
        }
    }
    bench.sound();
}

fn check_all(prefix: &str) {
    let acts: Vec<&Act> = ACTS.iter().filter(|act| act.name.starts_with(prefix)).collect();
    assert!(!acts.is_empty());
    acts.into_iter().for_each(check);
}

#[test]
fn carts() {
    check_all("cart.");
}

#[test]
fn refunds() {
    check_all("refund.");
}

#[test]
fn cards() {
    check_all("card.");
}

#[test]
fn cards_that_were_not_shown() {
    check_all("pay.");
}

/// No command that takes an approval is missing, whatever it is called: the types that screens are made of say which do.
#[test]
fn every_command_that_takes_an_approval_is_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/wire");
    let takes = COMMANDS.iter().filter(|command| mentions_approval(&folder, command.request)).map(|command| command.name);
    let acts = ACTS.iter().map(|act| act.name.split(' ').next().unwrap());
    assert_eq!(takes.collect::<BTreeSet<_>>(), acts.collect::<BTreeSet<_>>());
    let rows: BTreeSet<Key> = table().into_keys().collect();
    let expected = ACTS.iter().flat_map(|act| ROLES.map(|role| (act.name, role)));
    assert_eq!(rows, expected.collect::<BTreeSet<_>>(), "each act has a row for each role");
}

fn mentions_approval(folder: &Path, name: &str) -> bool {
    let text = std::fs::read_to_string(folder.join(format!("{name}.ts"))).unwrap();
    let mut imports = text.lines().filter_map(|line| line.strip_prefix("import type { ")?.split(' ').next());
    name == "Approval" || imports.any(|import| import != name && mentions_approval(folder, import))
}

/// What a request brings of an approval.
fn approval(staff: &Value, pin: &str) -> Value {
    json!({ "staff_id": staff, "pin": pin })
}
