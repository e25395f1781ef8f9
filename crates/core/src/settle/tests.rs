use super::*;
use crate::money::LARGEST;
use proptest::prelude::*;

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

/// `cash 1000`, `card:1 500`, `points:200 200`, `bank 500`, `credit 500`.
fn given(text: &str) -> Given {
    let (name, amount) = text.split_once(' ').unwrap();
    let amount_fen = fen(amount.parse().unwrap());
    match name.split_once(':').unwrap_or((name, "0")) {
        ("cash", _) => Given::Cash { given_fen: amount_fen },
        ("card", no) => Given::Card { card: CardId::from_bytes([no.parse().unwrap(); 16]), amount_fen },
        ("points", points) => Given::Points { points: Points::new(points.parse().unwrap()).unwrap(), value_fen: amount_fen },
        ("bank", _) => {
            Given::Named { tender: TenderId::from_bytes([9; 16]), name: "银联".into(), amount_fen, reference: Some("0042".into()) }
        }
        ("credit", _) => Given::Credit { amount_fen },
        (other, _) => panic!("no tender {other}"),
    }
}

fn words(paid: &Paid) -> String {
    let name = match &paid.by {
        PaidBy::Cash { .. } => "cash".to_owned(),
        PaidBy::Card { card } => format!("card:{}", card.as_bytes()[0]),
        PaidBy::Points { points } => format!("points:{}", points.get()),
        PaidBy::Named { .. } => "bank".to_owned(),
        PaidBy::Credit => "credit".to_owned(),
    };
    format!("{name} {}", paid.amount_fen.get())
}

fn list(text: &str) -> Vec<Given> {
    text.split(", ").filter(|entry| !entry.is_empty()).map(given).collect()
}

/// What `due` and the tenders given come to when cash is rounded to `to_fen`: the tenders paid, then every figure that is not
/// zero; or the code.
#[track_caller]
fn check(due: i64, to_fen: i32, given: &str, expect: &str) {
    let found = match settle(fen(due), &list(given), CashRounding { to_fen: Fen::constant(to_fen) }) {
        Err(code) => code.as_str().to_owned(),
        Ok(settled) => {
            let mut found: Vec<String> = settled.tenders.iter().map(words).collect();
            let figures = [
                ("change", settled.change_fen),
                ("rounding", settled.rounding_fen),
                ("left", settled.left_fen),
                ("in-cash", settled.left_in_cash_fen),
            ];
            found
                .extend(figures.iter().filter(|(_, figure)| *figure != Fen::ZERO).map(|(name, figure)| format!("{name} {}", figure.get())));
            found.join(", ")
        }
    };
    assert_eq!(found, expect, "{due} to {to_fen} by {given}");
}

#[test]
fn cash() {
    check(1007, 1, "", "left 1007, in-cash 1007");
    check(1007, 1, "cash 1007", "cash 1007");
    check(1007, 1, "cash 2000", "cash 1007, change 993");
    check(1007, 1, "cash 1000", "cash 1000, left 7, in-cash 7");
    check(1007, 1, "cash 1000, cash 10", "cash 1007, change 3");
    check(LARGEST, 1, &format!("cash {LARGEST}"), &format!("cash {LARGEST}"));
}

#[test]
fn nothing_due() {
    check(0, 1, "", "");
    check(0, 100, "", "");
    check(0, 10, "cash 5000", "cash 0, change 5000");
    check(0, 1, "cash 0", "amount.invalid");
    check(0, 1, "bank 1", "tender.over");
}

#[test]
fn split() {
    check(10_000, 1, "points:500 500, card:1 3000, bank 2500, cash 5000", "points:500 500, card:1 3000, bank 2500, cash 4000, change 1000");
    check(10_000, 1, "cash 5000, card:1 6000", "card:1 6000, cash 4000, change 1000");
    check(10_000, 1, "card:1 6000, card:2 3000", "card:1 6000, card:2 3000, left 1000, in-cash 1000");
    check(10_000, 1, "bank 6000, bank 4000", "bank 6000, bank 4000");
    check(10_000, 1, "credit 2500, credit 500, cash 7000", "credit 2500, credit 500, cash 7000");
    check(10_000, 1, "bank 10000, cash 10000", "bank 10000, cash 0, change 10000");
}

#[test]
fn rounding_takes_off_the_cash_part_when_cash_pays_the_rest() {
    check(1007, 10, "", "left 1007, in-cash 1000");
    check(1007, 10, "cash 1000", "cash 1000, rounding 7");
    check(1007, 10, "cash 1005", "cash 1000, change 5, rounding 7");
    check(1007, 10, "cash 5000", "cash 1000, change 4000, rounding 7");
    check(1007, 10, "cash 999", "cash 999, left 8, in-cash 1");
    check(1007, 10, "bank 1007", "bank 1007");
    check(1007, 10, "bank 1000", "bank 1000, left 7");
    check(1099, 100, "cash 2000", "cash 1000, change 1000, rounding 99");
    check(1099, 100, "bank 500, cash 500", "bank 500, cash 500, rounding 99");
    check(1100, 100, "bank 550, cash 500", "bank 550, cash 500, rounding 50");
    check(1007, 10, "bank 1000, cash 5", "bank 1000, cash 0, change 5, rounding 7");
    check(1007, 10, "bank 1000, cash 0", "bank 1000, cash 0, rounding 7");
    check(7, 10, "cash 0", "cash 0, rounding 7");
    check(10, 10, "cash 0", "amount.invalid");
}

#[test]
fn refuses() {
    for entry in ["cash", "card:1", "points:5", "bank", "credit"] {
        check(1000, 1, &format!("{entry} 0"), "amount.invalid");
        check(1000, 10, &format!("{entry} -1"), "amount.invalid");
        check(1000, 1, &format!("{entry} 10000000000"), "amount.too_large");
    }
    for entry in ["card:1", "points:5", "bank", "credit"] {
        check(1000, 1, &format!("{entry} 1001"), "tender.over");
        check(1000, 1, &format!("card:2 600, {entry} 401"), "tender.over");
        check(1000, 1, &format!("cash 600, {entry} 400, card:2 601"), "tender.over");
    }
    check(1000, 1, "cash 9999999999", "cash 1000, change 9999998999");
    check(1000, 1, "card:1 100, cash 100, card:1 100", "tender.twice");
    check(1000, 1, "points:5 5, points:6 6", "tender.twice");
    check(1000, 1, "points:0 5", "amount.invalid");
    check(1000, 1, "points:-1 5", "amount.invalid");
    check(-1, 1, "", "amount.invalid");
    check(LARGEST, 1, &format!("cash {LARGEST}, cash 1"), "amount.too_large");
    for to_fen in [0, -10, 101] {
        check(1000, to_fen, "cash 1000", "amount.invalid");
    }
}

#[test]
fn reads_as_stored() {
    let settled = settle(fen(1007), &list("card:1 500, bank 107, cash 1000"), CashRounding { to_fen: Fen::constant(10) }).unwrap();
    let stored = serde_json::to_value(&settled.tenders).unwrap();
    let expect = serde_json::json!([
        {"tender": "card", "card": "01010101-0101-0101-0101-010101010101", "amount_fen": 500},
        {"tender": "named", "id": "09090909-0909-0909-0909-090909090909", "name": "银联", "reference": "0042", "amount_fen": 107},
        {"tender": "cash", "given_fen": 1000, "change_fen": 600, "amount_fen": 400},
    ]);
    assert_eq!(stored, expect);
    assert_eq!(serde_json::from_value::<Vec<Paid>>(stored).unwrap(), settled.tenders);
}

#[test]
fn references_are_numbers_of_payments() {
    for (typed, expected) in [
        ("", Ok(None)),
        ("  ", Ok(None)),
        (" T-0042 ", Ok(Some("T-0042"))),
        ("4200002345202611291234567890", Ok(Some("4200002345202611291234567890"))),
        ("6222 0001", Ok(Some("6222 0001"))),
        ("#12/3_4.5:*6789", Ok(Some("#12/3_4.5:*6789"))),
        ("Ｔ－００４２", Ok(Some("T-0042"))),
        ("张三付的", Err(Code::ReferenceInvalid)),
        ("Zhang, San", Err(Code::ReferenceInvalid)),
        ("13987654321", Err(Code::ReferenceInvalid)),
        ("139 8765-4321", Err(Code::ReferenceInvalid)),
        ("8613987654321", Err(Code::ReferenceInvalid)),
        ("T13987654321", Err(Code::ReferenceInvalid)),
        ("13987654321#", Err(Code::ReferenceInvalid)),
        ("tel:139_8765.4321", Err(Code::ReferenceInvalid)),
        ("12/13987654321/1", Err(Code::ReferenceInvalid)),
        ("Li Xiuying 13987654321", Err(Code::ReferenceInvalid)),
        ("Li Xiuying 1234567890123", Err(Code::ReferenceInvalid)),
        ("lixiuying", Err(Code::ReferenceInvalid)),
        ("POS 0042 7", Ok(Some("POS 0042 7"))),
        ("2026-11-29 139-87654321-04", Ok(Some("2026-11-29 139-87654321-04"))),
        ("12987654321", Ok(Some("12987654321"))),
        (&"长".repeat(41), Err(Code::TextTooLong)),
        (&"1".repeat(40), Ok(Some(&*"1".repeat(40)))),
    ] {
        assert_eq!(reference(typed), expected.map(|text| text.map(str::to_owned)), "{typed}");
    }
}

proptest! {
    #[test]
    fn every_fen_is_accounted_for_in_any_order(
        due in 0..100_000i64,
        entries in prop::collection::vec((0..4u8, 1..40_000i64), 0..6),
        to_fen in prop::sample::select(vec![1, 10, 100]),
        turn in any::<prop::sample::Index>(),
    ) {
        let text = |(at, (kind, amount)): (usize, &(u8, i64))| match kind {
            0 => format!("cash {amount}"),
            1 => format!("card:{at} {amount}"),
            2 => format!("bank {amount}"),
            _ => format!("credit {amount}"),
        };
        let given: Vec<Given> = entries.iter().enumerate().map(|entry| given(&text(entry))).collect();
        let rounding = CashRounding { to_fen: Fen::constant(to_fen) };
        let mut turned = given.clone();
        if !given.is_empty() {
            turned.rotate_left(turn.index(given.len()));
        }
        let (first, second) = (settle(fen(due), &given, rounding), settle(fen(due), &turned, rounding));
        let (first, second) = match (first, second) {
            (Ok(first), Ok(second)) => (first, second),
            (first, second) => {
                prop_assert_eq!(&first, &Err(Code::TenderOver));
                prop_assert_eq!(first, second);
                return Ok(());
            }
        };
        let figures = |s: &Settled| (s.change_fen, s.rounding_fen, s.left_fen, s.left_in_cash_fen);
        prop_assert_eq!(figures(&first), figures(&second));
        let paid: i64 = first.tenders.iter().map(|paid| paid.amount_fen.get()).sum();
        prop_assert_eq!(paid + first.rounding_fen.get() + first.left_fen.get(), due);
        let cash: i64 = entries.iter().filter(|(kind, _)| *kind == 0).map(|(_, amount)| amount).sum();
        let in_cash = first.tenders.iter().find(|paid| matches!(paid.by, PaidBy::Cash { .. })).map_or(0, |paid| paid.amount_fen.get());
        prop_assert_eq!(in_cash + first.change_fen.get(), cash);
        prop_assert!((0..i64::from(to_fen)).contains(&first.rounding_fen.get()));
        prop_assert!(first.rounding_fen == Fen::ZERO || (first.left_fen == Fen::ZERO && cash > 0));
        prop_assert!(first.change_fen == Fen::ZERO || first.left_fen == Fen::ZERO);
        // Handing over what the preview asks for settles it.
        if first.left_in_cash_fen > Fen::ZERO {
            let mut more = given.clone();
            more.push(Given::Cash { given_fen: first.left_in_cash_fen });
            let done = settle(fen(due), &more, rounding).unwrap();
            prop_assert_eq!((done.left_fen, done.change_fen), (Fen::ZERO, Fen::ZERO));
        }
    }
}
