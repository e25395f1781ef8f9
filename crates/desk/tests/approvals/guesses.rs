//! A PIN guessed at a dialog that asks a manager is a PIN guessed (F1).

use hefu_core::{access::Role, error::Code};
use hefu_desk::Arg;
use serde_json::{Value, json};

use crate::{
    approval,
    bench::{Bench, PIN},
    shop::CUP,
};

/// The two ways to try a manager's PIN: as oneself at a dialog, or as the manager at the sign-in screen.
#[derive(Clone, Copy, Debug)]
enum Way {
    Approval,
    SignIn,
}

/// What a try comes to, and the figure that is told with it: tries left, or seconds to wait.
fn attempt(bench: &Bench, way: Way, pin: &str) -> Result<(), (Code, i64)> {
    let manager = approval(&json!(bench.manager), pin);
    let done = match way {
        Way::Approval => {
            let price = json!({ "line_no": 1, "price_fen": 4990, "reason": "样品", "approval": manager });
            bench.call(Role::Cashier, "cart.price", price)
        }
        Way::SignIn => bench.call(Role::Manager, "session.sign_in", manager),
    };
    done.map(drop).map_err(|error| match error.args.values().next() {
        Some(Arg::Number(figure)) => (error.code, *figure),
        other => panic!("{error:?} tells {other:?}"),
    })
}

#[test]
fn guesses_at_a_dialog_and_at_sign_in_are_one_count() {
    use Way::{Approval, SignIn};
    let bench = Bench::new();
    bench.ring(Role::Cashier, CUP);
    for (way, pin, expect) in [
        (Approval, "0001", Err((Code::PinWrong, 4))),
        (SignIn, "0002", Err((Code::PinWrong, 3))),
        (Approval, "0003", Err((Code::PinWrong, 2))),
        (Approval, "0004", Err((Code::PinWrong, 1))),
        (SignIn, "0005", Err((Code::SignInLocked, 30))),
        // Now the right one is no better than another, whichever way it comes.
        (Approval, PIN, Err((Code::SignInLocked, 30))),
        (SignIn, PIN, Err((Code::SignInLocked, 30))),
    ] {
        assert_eq!(attempt(&bench, way, pin), expect, "{way:?} {pin}");
    }
    bench.till.pass(30_000);
    assert_eq!(attempt(&bench, Approval, "0006"), Err((Code::SignInLocked, 60)), "longer each time");
    bench.till.pass(59_999);
    assert_eq!(attempt(&bench, Approval, PIN), Err((Code::SignInLocked, 1)));
    bench.till.pass(1);
    assert_eq!(attempt(&bench, Approval, PIN), Ok(()));
    assert_eq!(attempt(&bench, SignIn, "0007"), Err((Code::PinWrong, 4)), "a right one ends the count");
    assert_eq!(attempt(&bench, SignIn, PIN), Ok(()));
    assert_eq!(bench.guesses(), 0);
}

/// Nobody is locked out by what does not come to their PIN: who may not allow it anyway is told so without a look at it, which tells
/// nothing about it either.
#[test]
fn a_pin_that_could_allow_nothing_is_not_looked_at() {
    let bench = Bench::new();
    bench.ring(Role::Cashier, CUP);
    let ask = |approval: &Value| {
        let price = json!({ "line_no": 1, "price_fen": 4990, "reason": "样品", "approval": approval });
        bench.call(Role::Cashier, "cart.price", price).unwrap_err().code
    };
    assert_eq!(ask(&bench.approval("none")), Code::ApprovalNeeded);
    for (brought, expect) in [("cashier's", Code::ApprovalRefused), ("elsewhere's", Code::StaffUnknown), ("gone's", Code::StaffUnknown)] {
        let mut asked = bench.approval(brought);
        for pin in [PIN, "0000", "0000", "0000", "0000", "0000", "0000", PIN] {
            asked["pin"] = json!(pin);
            assert_eq!(ask(&asked), expect, "{brought} {pin}");
        }
    }
    let cashier = bench.approval("cashier's");
    assert!(bench.call(Role::Cashier, "session.sign_in", cashier).is_ok());
}
