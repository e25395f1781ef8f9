//! Every command × role × state of the node, through the real desk: denied unless the table says otherwise (F1, F6). A command that
//! is not in the table, or that has no request of its own, fails. A till before its book is in `node/tests/permissions.rs`, with what
//! a till's node answers itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../counter/mod.rs"]
mod counter;
#[path = "../common/facts.rs"]
mod facts;
mod node;
mod table;

use std::{collections::BTreeSet, sync::atomic::Ordering};

use common::Shop;
use hefu_core::{access::Role, error::Code};
use hefu_desk::SessionKey;

use crate::{
    node::{Node, window},
    table::{Row, State, rows},
};

/// What no request is, by its bytes and by its length.
const RUBBISH: [&[u8]; 2] = [b"\x00{rubbish", &[0xff; 64 * 1024 + 1]];

/// Commands whose fronts answer without looking at what was sent.
const UNREAD: [&str; 2] = ["setup.status", "sync.now"];

/// Sends every command from one window, in the state the node is in: first all that is denied, then all that is not. Answers with
/// the commands by which something was written.
fn drive(node: &Node, rows: &[Row], key: SessionKey, role: Option<Role>, state: State) -> BTreeSet<&'static str> {
    let denied = |row: &&Row| row.denial(role, state).is_some();
    let before = node.seen();
    for row in rows.iter().filter(denied) {
        let case = format!("{} as {role:?} in {state:?}", row.command);
        for bytes in [row.request.as_bytes(), RUBBISH[0], RUBBISH[1]] {
            assert_eq!(node.send(key, row.command, bytes), Err(row.denial(role, state).unwrap()), "{case}");
        }
        assert_eq!(node.commits(), before.commits, "{case}: nothing is so much as begun");
    }
    assert_eq!(node.seen(), before, "{role:?} in {state:?}");

    let mut wrote = BTreeSet::new();
    // Whoever signs out does it last.
    let (last, others): (Vec<&Row>, Vec<&Row>) = rows.iter().filter(|row| !denied(row)).partition(|row| row.command == "session.sign_out");
    for row in others.into_iter().chain(last) {
        let case = format!("{} as {role:?} in {state:?}", row.command);
        if !UNREAD.contains(&row.command) {
            for rubbish in RUBBISH {
                assert_eq!(node.send(key, row.command, rubbish), Err(Code::RequestInvalid), "{case}");
            }
        }
        let before = node.seen();
        let answer = node.send(key, row.command, row.request.as_bytes());
        if node.is_answered_before_the_desk(row.command) {
            assert_eq!(answer, Err(Code::NotHere), "{case}: the desk alone has no answer");
            continue;
        }
        assert!(row.answers(answer), "{case}: {answer:?}");
        if node.seen().operations > before.operations {
            wrote.insert(row.command);
        }
    }
    wrote
}

/// As [`drive`], for people of these roles who are at home here, each at a window of their own.
fn drive_at_home(node: &Node, rows: &[Row], state: State) -> BTreeSet<&'static str> {
    let mut wrote = drive(node, rows, window(None), None, state);
    for role in Role::ALL.into_iter().filter(|role| state.is_home_of(*role)) {
        node.sign_in(role).unwrap();
        wrote.append(&mut drive(node, rows, window(Some(role)), Some(role), state));
    }
    wrote
}

/// People of the other place: they are not let in, and whoever was in when they were moved is nobody from then on.
fn drive_away(node: &Node, rows: &[Row], state: State) {
    for role in Role::ALL.into_iter().filter(|role| !state.is_home_of(*role)) {
        let refusal = if state == State::Hq { Code::PasswordWrong } else { Code::StaffUnknown };
        assert_eq!(node.sign_in(role), Err(refusal), "{role:?} in {state:?}");
        node.sign_in_and_move_away(role);
        drive(node, rows, window(Some(role)), Some(role), state);
    }
}

/// The commands by which somebody who may writes here. Had their requests been run where they are refused, they would have written
/// too: nothing else stands in their way.
fn writing(rows: &[Row], state: State) -> BTreeSet<&'static str> {
    let by_somebody = |row: &&Row| Role::ALL.iter().any(|role| row.denial(Some(*role), state).is_none());
    rows.iter().filter(|row| row.writes).filter(by_somebody).map(|row| row.command).collect()
}

#[test]
fn at_a_till() {
    let (node, rows) = (Node::at_till(), rows());
    let wrote = drive_at_home(&node, &rows, State::Till);
    drive_away(&node, &rows, State::Till);
    assert_eq!(wrote, writing(&rows, State::Till));
}

#[test]
fn at_a_till_whose_rights_were_ended() {
    let (node, rows) = (Node::at_till(), rows());
    node.shop.world.revoked.store(true, Ordering::SeqCst);
    let wrote = drive_at_home(&node, &rows, State::Revoked);
    assert_eq!(wrote, BTreeSet::new(), "it writes nothing any more");
    drive_away(&node, &rows, State::Revoked);
}

/// Rights end in the middle of a shift: whoever is signed in then is told so at the next command.
#[test]
fn rights_that_end_meanwhile() {
    let (node, rows) = (Node::at_till(), rows());
    node.sign_in(Role::Manager).unwrap();
    let key = window(Some(Role::Manager));
    assert_eq!(node.send(key, "cart.enter", br#"{"text":"6901234567892"}"#), Ok(()));
    node.shop.world.revoked.store(true, Ordering::SeqCst);
    assert_eq!(node.send(key, "cart.get", b"{}"), Err(Code::DeviceRevoked));
    drive(&node, &rows, key, Some(Role::Manager), State::Revoked);
}

#[test]
fn at_head_office() {
    let (node, rows) = (Node::at_hq(), rows());
    let wrote = drive_at_home(&node, &rows, State::Hq);
    drive_away(&node, &rows, State::Hq);
    assert_eq!(wrote, writing(&rows, State::Hq));
}

#[test]
fn at_head_office_before_its_first_administrator() {
    let rows = rows();
    let node = Node::new(Shop::hq());
    drive(&node, &rows, window(None), None, State::NewHq);
    for role in Role::ALL {
        assert_eq!(node.sign_in_as_nobody_known(), [Err(Code::NotHere); 2], "nobody signs in");
        drive(&node, &rows, window(Some(role)), Some(role), State::NewHq);
    }
}

#[test]
fn what_is_no_command_is_said_to_be_none() {
    let node = Node::at_till();
    for name in ["", "cart", "cart.get ", "CART.GET", "hq.everything"] {
        assert_eq!(node.send(window(None), name, b"{}"), Err(Code::CommandUnknown), "{name}");
    }
}
