//! What one buyer bought of cards in a day, which the law looks at together (C3).

use hefu_core::{ids::MemberId, op::CardChange};

use crate::{
    cards::{card, changed, opened, paid_out, reissue, sound, topped_up, write},
    common::{NOW, Rng, book, by, found, person, register_as},
};

const DAY: i64 = 86_400_000;

#[test]
fn all_that_one_buyer_bought_in_a_day() {
    let (_folder, till) = book();
    found(&till);
    let mut rng = Rng(3);
    // Registered at two tills by one phone: one person.
    for (n, name, phone) in [(5, "张小明", "13812341234"), (6, "张小明", "13812341234"), (7, "王小红", "13912341234")] {
        register_as(&till, &mut rng, by(NOW), (MemberId::from_bytes([n; 16]), None), &person(name, phone));
    }
    // The member of the last is not here.
    for (n, member, principal) in
        [(1, Some(5), 100), (2, Some(6), 200), (3, Some(7), 400), (4, None, 800), (5, None, 1_600), (6, Some(9), 3_200)]
    {
        write(&till, by(NOW), opened(n, &format!("88{n}"), member));
        write(&till, by(NOW + 1), topped_up(n, n, principal, 50, &["2026-07-01"]));
    }
    write(&till, by(NOW + DAY), topped_up(11, 1, 7, 0, &[]));
    let check = |n: u8, day: &str, expect: i64| {
        let bought = till.read(|book| book.bought_on(&book.card(card(n))?.unwrap(), None, day)).unwrap();
        assert_eq!(bought.get(), expect, "card {n} on {day}");
    };
    let first = "2026-06-01";
    for (n, expect) in [(1, 300), (2, 300), (3, 400), (4, 800), (5, 1_600), (6, 3_200)] {
        check(n, first, expect);
    }
    check(2, "2026-06-02", 7);
    check(3, "2026-06-02", 0);
    check(1, "2026-05-31", 0);
    // A card in the place of another was bought with it.
    reissue(&till, by(NOW + 2), 4, 8);
    write(&till, by(NOW + 3), topped_up(12, 8, 1, 0, &[]));
    check(8, first, 801);
    // What was paid out again was bought all the same.
    write(&till, by(NOW + 4), paid_out(2, &[]));
    check(1, first, 300);
    // A card that nobody was known for is its member's, with the one whose place it took.
    write(&till, by(NOW + 5), changed(8, CardChange::Member { member: MemberId::from_bytes([6; 16]) }));
    check(1, first, 1_101);
    check(8, first, 1_101);
    check(5, first, 1_600);
    sound(&till);
}
