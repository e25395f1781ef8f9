//! Stored-value cards (C3): what they are by the acts of people with them, whatever order those arrive in, and what lies on them.

use hefu_core::{
    card::{CardState, Cause, Holding, reissued},
    error::Code,
    ids::{CardId, LogId, MemberId, RuleId, SaleId, StaffId, TenderId, TopUpId},
    money::Fen,
    op::{
        Body, BonusPart, CardBonusDue, CardChange, CardChanged, CardOpened, CardRefunded, CardToppedUp, Draft, Exchange, Operation, Part,
        Refund, RuleUsed, Sale, Stamp, TenderDetail,
    },
    posting::{Account, Ledger, Posting, Unit},
};
use hefu_replica::{By, CardUse, Replica};
use tempfile::TempDir;

use crate::common::{Chain, NOW, Rng, STORE_A, STORE_B, book, book_of, by, code, found, identity, quick_place};

pub fn card(n: u8) -> CardId {
    CardId::from_bytes([n; 16])
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

pub fn opened(n: u8, no: &str, member: Option<u8>) -> CardOpened {
    let member = member.map(|n| MemberId::from_bytes([n; 16]));
    CardOpened { card: card(n), card_no: no.to_owned(), kind: RuleUsed { rule: RuleId::from_bytes([1; 16]), version: 3 }, member }
}

fn onto(n: u8, principal: i64, bonus: i64) -> Vec<Posting> {
    let mut ledger = Ledger::new();
    ledger.fen(Account::CardsIssued, Account::CardPrincipal(card(n)), fen(principal)).unwrap();
    ledger.fen(Account::CardsIssued, Account::CardBonus(card(n)), fen(bonus)).unwrap();
    ledger.done()
}

/// Top-up `id` of a card, with parts of 10 on these days.
pub fn topped_up(id: u8, n: u8, principal: i64, bonus: i64, days: &[&str]) -> CardToppedUp {
    let parts = (2..).zip(days).map(|(part, day)| BonusPart { part, day: (*day).to_owned(), bonus_fen: fen(10) });
    CardToppedUp {
        top_up: TopUpId::from_bytes([id; 16]),
        card: card(n),
        receipt_no: format!("AA-01-{id:06}"),
        number: u64::from(id),
        till_no: 1,
        plan: "充值".to_owned(),
        principal_fen: fen(principal),
        bonus_fen: fen(bonus),
        parts: parts.collect(),
        buyer: None,
        postings: onto(n, principal, bonus),
    }
}

pub fn changed(n: u8, change: CardChange) -> CardChanged {
    CardChanged { card: card(n), change, approved_by: None }
}

pub fn paid_out(n: u8, holdings: &[Holding]) -> CardRefunded {
    let mut ledger = Ledger::new();
    for held in holdings.iter().filter(|held| held.principal > Fen::ZERO) {
        ledger.fen(Account::CardPrincipal(held.card), Account::CardsIssued, held.principal).unwrap();
    }
    let principal_fen = fen(holdings.iter().map(|held| held.principal.get().max(0)).sum());
    CardRefunded {
        card: card(n),
        receipt_no: format!("AA-01-{:06}", 900 + u32::from(n)),
        number: 900 + u64::from(n),
        till_no: 1,
        cause: Cause::Customer,
        refund_fen: principal_fen,
        principal_fen,
        bonus_fen: Fen::ZERO,
        approved_by: None,
        postings: ledger.done(),
    }
}

fn due(id: u8, part: u32, n: u8) -> CardBonusDue {
    let mut ledger = Ledger::new();
    ledger.fen(Account::CardsIssued, Account::CardBonus(card(n)), fen(10)).unwrap();
    CardBonusDue { card: card(n), top_up: TopUpId::from_bytes([id; 16]), part, bonus_fen: fen(10), postings: ledger.done() }
}

/// What the counter does beside a card, of every movement on one.
fn with_counter(replica: &Replica, mut body: Body) -> Body {
    let store = replica.identity().store.unwrap_or(STORE_A);
    let (prepaid, turnover, given) = (Account::Prepaid(store), Account::Turnover(store), Account::BonusGiven(store));
    let bank = Account::Tender(TenderId::from_bytes([9; 16]));
    let top_up = matches!(body, Body::CardToppedUp(_));
    let beside = |posting: &Posting| {
        let (from, to) = match (posting.from, posting.to) {
            (Account::CardsIssued, Account::CardPrincipal(_)) if top_up => (prepaid, bank),
            (Account::CardsIssued, Account::CardPrincipal(_)) => (prepaid, turnover),
            (Account::CardsIssued, Account::CardBonus(_)) if !top_up => (given, turnover),
            (Account::CardPrincipal(_), Account::CardsIssued) => (turnover, prepaid),
            (Account::CardBonus(_), Account::CardsIssued) => (turnover, given),
            _ => return None,
        };
        Some(Posting::new(from, to, Unit::Fen, posting.legs()[1].1).unwrap())
    };
    let add = |postings: &mut Vec<Posting>| postings.extend(postings.iter().filter_map(beside).collect::<Vec<_>>());
    match &mut body {
        Body::CardToppedUp(top_up) => add(&mut top_up.postings),
        Body::Sale(sale) => add(&mut sale.postings),
        Body::Refund(refund) => add(&mut refund.postings),
        Body::Exchange(exchange) => [&mut exchange.refund.postings, &mut exchange.sale.postings].into_iter().for_each(add),
        _ => {}
    }
    body
}

pub fn write(replica: &Replica, by: By, body: impl Into<Body>) {
    let draft = Draft::new(with_counter(replica, body.into())).with_detail(&TenderDetail { tenders: Vec::new() }).unwrap();
    replica.write(|book| book.append(by, &draft)).unwrap();
}

pub fn reissue(replica: &Replica, by: By, from: u8, to: u8) {
    let holdings = replica.read(|book| book.card_holdings(card(from))).unwrap();
    write(replica, by, opened(to, &format!("88{to:014}"), None));
    write(replica, by, reissued(card(from), card(to), &holdings, None).unwrap());
}

fn state(replica: &Replica, n: u8) -> CardState {
    replica.read(|book| book.card(card(n))).unwrap().unwrap().state
}

/// Principal, bonus and bonus to come.
fn on(replica: &Replica, n: u8) -> (i64, i64, i64) {
    let on = replica.read(|book| book.on_card(card(n))).unwrap();
    (on.principal.get(), on.bonus.get(), on.to_come.get())
}

#[track_caller]
pub fn sound(replica: &Replica) {
    let verified = replica.verify().unwrap();
    assert!(verified.ok(), "{:?}", verified.differing);
}

#[test]
fn a_card_is_what_people_did_with_it() {
    let (_folder, till) = book();
    found(&till);
    write(&till, by(NOW), opened(1, "8800000000000013", None));
    write(&till, by(NOW + 1), topped_up(1, 1, 300, 50, &["2026-08-01", "2026-09-01"]));
    let row = till.read(|book| book.card_by_no("8800000000000013")).unwrap().unwrap();
    assert_eq!((row.card, row.kind_version, row.member, row.state), (card(1), 3, None, CardState::Active));
    assert_eq!((row.opened_at, row.opened_store, row.awake_day.as_str()), (NOW, Some(STORE_A), "2026-06-01"));
    assert_eq!(on(&till, 1), (300, 50, 20));
    let day = 86_400_000;
    write(&till, by(NOW + 2 * day), changed(1, CardChange::Awake));
    let member = MemberId::from_bytes([5; 16]);
    write(&till, by(NOW + 3 * day), changed(1, CardChange::Member { member }));
    write(&till, by(NOW + 4 * day), changed(1, CardChange::Lost));
    let row = till.read(|book| book.card(card(1))).unwrap().unwrap();
    assert_eq!((row.member, row.state, row.awake_day.as_str()), (Some(member), CardState::Lost, "2026-06-03"));
    // A lost card passes to nobody.
    write(&till, by(NOW + 5 * day), changed(1, CardChange::Member { member: MemberId::from_bytes([6; 16]) }));
    assert_eq!(till.read(|book| book.card(card(1))).unwrap().unwrap().member, Some(member));
    write(&till, by(NOW + 6 * day), changed(1, CardChange::Found));
    write(&till, by(NOW + 7 * day), due(1, 2, 1));
    assert_eq!(on(&till, 1), (300, 60, 10));
    let (given, money) = till.read(|book| Ok((book.bonus_parts_given(card(1))?, book.card_money(card(1))?))).unwrap();
    assert_eq!((given.get(), money.len(), money[0].plan.as_str()), (10, 1, "充值"));
    let holdings = till.read(|book| book.card_holdings(card(1))).unwrap();
    write(&till, by(NOW + 8 * day), paid_out(1, &holdings));
    assert_eq!((state(&till, 1), on(&till, 1)), (CardState::Closed, (0, 60, 0)));
    let (money, refund) = till.read(|book| book.card_paid_out(card(1))).unwrap().unwrap();
    assert_eq!((refund.get(), money.principal_fen.get(), money.top_up), (300, -300, None));
    assert_eq!(till.read(|book| book.bonus_parts_due("9999-12-31", None, 100)).unwrap(), []);
    assert_eq!(till.read(|book| book.living_card(card(1))).unwrap(), None);
    sound(&till);
}

#[test]
fn promises_follow_the_card_in_its_place() {
    let (_folder, till) = book();
    found(&till);
    write(&till, by(NOW), opened(1, "88a", None));
    write(&till, by(NOW), topped_up(1, 1, 300, 50, &["2026-08-01", "2026-09-01"]));
    reissue(&till, by(NOW + 1), 1, 2);
    write(&till, by(NOW + 2), topped_up(2, 2, 100, 0, &["2026-08-15"]));
    reissue(&till, by(NOW + 3), 2, 3);
    assert_eq!((on(&till, 1), on(&till, 2), on(&till, 3)), ((0, 0, 0), (0, 0, 0), (400, 50, 30)));
    let parts = till.read(|book| book.bonus_parts_due("2026-08-31", None, 100)).unwrap();
    assert_eq!(
        parts.iter().map(|part| (part.card, part.day.as_str())).collect::<Vec<_>>(),
        [(card(3), "2026-08-01"), (card(3), "2026-08-15")]
    );
    write(&till, by(NOW + 4), due(1, 2, 3));
    assert_eq!((on(&till, 3), till.read(|book| book.bonus_parts_given(card(3))).unwrap().get()), ((400, 60, 20), 10));
    // What reaches a dead card late is its successor's.
    write(&till, by(NOW + 5), topped_up(3, 1, 7, 0, &[]));
    assert_eq!((on(&till, 1), on(&till, 3)), ((0, 0, 0), (407, 60, 20)));
    let line = till.read(|book| book.card_line(card(3))).unwrap();
    assert_eq!(line, [card(3), card(2), card(1)]);
    assert_eq!(till.read(|book| book.card_line(card(1))).unwrap(), []);
    assert_eq!(till.read(|book| book.living_card(card(1))).unwrap(), Some(card(3)));
    // Of a card that nobody opened here yet, its accounts speak.
    write(&till, by(NOW + 6), topped_up(4, 9, 5, 0, &["2026-08-01"]));
    assert_eq!(on(&till, 9), (5, 0, 10));
    sound(&till);
}

#[test]
fn two_cards_that_replace_each_other_end_nothing() {
    let (_folder, till) = book();
    found(&till);
    write(&till, by(NOW), opened(1, "88a", None));
    write(&till, by(NOW), topped_up(1, 1, 300, 0, &["2026-08-01"]));
    reissue(&till, by(NOW + 1), 1, 2);
    write(&till, by(NOW + 2), reissued(card(2), card(1), &[], None).unwrap());
    assert_eq!((on(&till, 1), on(&till, 2)), ((0, 0, 0), (0, 0, 0)));
    till.read(|book| {
        assert_eq!((book.living_card(card(1))?, book.bonus_parts_due("2026-08-01", None, 100)?), (None, Vec::new()));
        book.card_uses(card(1))
    })
    .unwrap();
    sound(&till);
}

#[test]
fn of_one_number_the_card_that_lives() {
    let (_folder, till) = book();
    found(&till);
    for (n, at) in [(1, 0), (2, 1), (3, 2)] {
        write(&till, by(NOW + at), opened(n, "88same", None));
    }
    let found = || till.read(|book| book.card_by_no("88same")).unwrap().map(|card| card.card);
    assert_eq!(found(), Some(card(1)));
    write(&till, by(NOW + 3), paid_out(1, &[]));
    write(&till, by(NOW + 4), changed(2, CardChange::Lost));
    assert_eq!(found(), Some(card(3)));
    write(&till, by(NOW + 5), paid_out(3, &[]));
    assert_eq!(found(), Some(card(2)));
    assert_eq!(till.read(|book| book.card_by_no("88other")).unwrap(), None);
}

#[test]
fn amounts_that_no_card_has_are_not_folded() {
    let (_folder, till) = book();
    found(&till);
    write(&till, by(NOW), opened(1, "88a", None));
    let before = till.digest().unwrap();
    let most = 1_000_000_000_000;
    let mut part = topped_up(1, 1, 1, 1, &["2026-08-01"]);
    part.parts[0].bonus_fen = fen(most + 1);
    let mut number = topped_up(1, 1, 1, 1, &[]);
    number.number = 1 << 40;
    let mut negative = topped_up(1, 1, 1, 1, &[]);
    negative.bonus_fen = fen(-1);
    let mut refund = paid_out(1, &[]);
    refund.refund_fen = fen(-1);
    let bodies: [Body; 5] = [topped_up(1, 1, most + 1, 0, &[]).into(), part.into(), number.into(), negative.into(), refund.into()];
    for body in bodies.map(|body| with_counter(&till, body)) {
        assert_eq!(code(till.write(|book| book.append(by(NOW), &Draft::new(body.clone())))), Code::AmountTooLarge, "{body:?}");
    }
    assert_eq!(before, till.digest().unwrap());
}

/// A sale of goods at list price `goods` for `total`, of which a card pays some.
fn sale(id: u8, goods: i64, total: i64, drawn: (i64, i64), n: u8) -> Sale {
    let mut ledger = Ledger::new();
    ledger.fen(Account::CardPrincipal(card(n)), Account::CardsIssued, fen(drawn.0)).unwrap();
    ledger.fen(Account::CardBonus(card(n)), Account::CardsIssued, fen(drawn.1)).unwrap();
    Sale {
        sale: SaleId::from_bytes([id; 16]),
        receipt_no: String::new(),
        number: u64::from(id),
        till_no: 1,
        member: None,
        line_count: 1,
        quantity_milli: 1000,
        goods_fen: fen(goods),
        off_fen: fen(goods - total),
        total_fen: fen(total),
        rounding_fen: Fen::ZERO,
        tax_fen: Fen::ZERO,
        points: hefu_core::money::Points::ZERO,
        rules: Vec::new(),
        tier: None,
        promotions: Vec::new(),
        coupons: Vec::new(),
        gifts: Vec::new(),
        unproved: false,
        postings: ledger.done(),
    }
}

fn refund(id: u8, of: Option<u8>, back: (i64, i64), n: u8) -> Refund {
    let mut ledger = Ledger::new();
    ledger.fen(Account::CardsIssued, Account::CardPrincipal(card(n)), fen(back.0)).unwrap();
    ledger.fen(Account::CardsIssued, Account::CardBonus(card(n)), fen(back.1)).unwrap();
    Refund {
        refund: hefu_core::ids::RefundId::from_bytes([id; 16]),
        receipt_no: String::new(),
        number: u64::from(id),
        till_no: 1,
        sale: of.map(|id| SaleId::from_bytes([id; 16])),
        member: None,
        lines: vec![(1, 500)],
        quantity_milli: 500,
        total_fen: fen(back.0 + back.1),
        points_taken: hefu_core::money::Points::ZERO,
        points_restored: hefu_core::money::Points::ZERO,
        parts: Vec::new(),
        taxes: Vec::new(),
        coupons: Vec::new(),
        gifts: Vec::new(),
        postings: ledger.done(),
    }
}

#[test]
fn uses_are_by_sale_and_over_the_cards_it_took_the_place_of() {
    let (_folder, till) = book();
    found(&till);
    write(&till, by(NOW), opened(1, "88a", None));
    write(&till, by(NOW), topped_up(1, 1, 500, 50, &[]));
    write(&till, by(NOW + 1), sale(11, 100, 100, (90, 10), 1));
    write(&till, by(NOW + 2), sale(12, 60, 50, (50, 0), 1));
    reissue(&till, by(NOW + 3), 1, 2);
    // Back onto the card that lives; and an exchange that gives as much as it takes, found by its sale alone.
    write(&till, by(NOW + 4), refund(21, Some(11), (40, 5), 2));
    let even = Exchange { refund: refund(22, Some(12), (50, 0), 2), sale: sale(13, 70, 50, (50, 0), 2) };
    write(&till, by(NOW + 5), Box::new(even));
    // A refund of nothing that was sold, and another card's sale.
    write(&till, by(NOW + 6), refund(23, None, (0, 0), 2));
    write(&till, by(NOW + 7), sale(14, 70, 70, (70, 0), 7));
    let used = |id: u8, principal, bonus| CardUse { sale: SaleId::from_bytes([id; 16]), principal: fen(principal), bonus: fen(bonus) };
    let uses = till.read(|book| book.card_uses(card(2))).unwrap();
    assert_eq!(uses, [used(11, 50, 5), used(12, 0, 0), used(13, 50, 0)]);
    assert_eq!(till.read(|book| book.card_uses(card(1))).unwrap(), []);
}

/// Tills that write about the same few cards without hearing of one another, some by wrong clocks.
struct Tills {
    nodes: Vec<(TempDir, Replica)>,
    rng: Rng,
    next_top_up: u8,
}

impl Tills {
    fn new(seed: u64) -> Self {
        let till = |n: u8| {
            let folder = tempfile::tempdir().unwrap();
            let replica = Replica::create(&quick_place(folder.path()), identity(n, Some(if n == 2 { STORE_B } else { STORE_A }))).unwrap();
            (folder, replica)
        };
        Self { nodes: (1..=3).map(till).collect(), rng: Rng(seed), next_top_up: 1 }
    }

    fn act(&mut self, step: i64) {
        let node = self.rng.below(self.nodes.len());
        let skew = [0, -40 * 86_400_000, 90_000][self.rng.below(3)];
        let by = By { who: Some(StaffId::from_bytes([7; 16])), at: NOW + step * 1000 + skew, ahead: [0, skew][self.rng.below(2)] };
        let n = u8::try_from(1 + self.rng.below(4)).unwrap();
        let other = u8::try_from(1 + self.rng.below(4)).unwrap();
        let id = u8::try_from(1 + self.rng.below(usize::from(self.next_top_up))).unwrap();
        let till = &self.nodes[node].1;
        match self.rng.below(9) {
            0 => write(till, by, opened(n, ["88a", "88b"][usize::from(n % 2)], [None, Some(other)][usize::from(other % 2)])),
            1 | 2 => {
                // Now and then under an id that another till has used.
                write(till, by, topped_up(id, n, 100 + step, 10, &["2026-08-01", "2026-09-01"][..usize::from(other % 3)]));
                self.next_top_up = self.next_top_up.saturating_add(1);
            }
            3 => write(till, by, changed(n, [CardChange::Lost, CardChange::Found, CardChange::Awake][usize::from(other % 3)])),
            4 => write(till, by, changed(n, CardChange::Member { member: MemberId::from_bytes([other; 16]) })),
            5 => {
                let holdings = till.read(|book| book.card_holdings(card(n))).unwrap();
                write(till, by, reissued(card(n), card(other), &holdings, None).unwrap());
            }
            6 => write(till, by, paid_out(n, &till.read(|book| book.card_holdings(card(n))).unwrap())),
            // What comes due is for the one to say who began the chain.
            7 => write(&self.nodes[0].1, by, due(id, 2, n)),
            _ => write(till, by, sale(id, 10, 10, (3, 1), n)),
        }
    }
}

#[test]
fn every_till_folds_the_same_cards() {
    for seed in 0..12 {
        let mut tills = Tills::new(seed);
        let mut chain = Chain { now: NOW, ..Chain::default() };
        found(&tills.nodes[0].1);
        chain.take_all(&tills.nodes[0].1);
        for step in 0..60 {
            tills.act(step);
            if step % 17 == 0 {
                let node = tills.rng.below(3);
                chain.take_all(&tills.nodes[node].1);
                chain.bring_up_to_date(&tills.nodes[node].1, &mut tills.rng);
            }
        }
        for (_, replica) in &tills.nodes {
            chain.take_all(replica);
        }
        let (_late, newcomer) = book_of(identity(9, None));
        chain.bring_up_to_date(&newcomer, &mut tills.rng);
        let expect = newcomer.digest().unwrap();
        for (_, replica) in &tills.nodes {
            chain.bring_up_to_date(replica, &mut tills.rng);
            assert_eq!(replica.digest().unwrap().differing(&expect), [""; 0], "seed {seed}");
            sound(replica);
            for n in 1..=4 {
                assert_eq!(on(replica, n), on(&newcomer, n), "seed {seed}, card {n}");
            }
        }
        sound(&newcomer);
    }
}

#[test]
fn a_card_replaced_at_two_tills_has_one_successor_by_time() {
    let (mut chain, mut rng) = (Chain { now: NOW, ..Chain::default() }, Rng(1));
    let (_a, a) = book_of(identity(1, Some(STORE_A)));
    let (_b, b) = book_of(identity(2, Some(STORE_B)));
    found(&a);
    write(&a, by(NOW), opened(1, "88a", None));
    write(&a, by(NOW + 1), topped_up(1, 1, 300, 0, &[]));
    chain.take_all(&a);
    chain.bring_up_to_date(&b, &mut rng);
    reissue(&a, by(NOW + 50), 1, 2);
    reissue(&b, by(NOW + 40), 1, 3);
    assert_eq!((state(&a, 1), state(&b, 1)), (CardState::Replaced { by: card(2) }, CardState::Replaced { by: card(3) }));
    chain.now = NOW + 1000;
    for till in [&a, &b] {
        chain.take_all(till);
    }
    for till in [&a, &b] {
        chain.bring_up_to_date(till, &mut rng);
        // What was moved twice is owed by the successor that holds.
        assert_eq!((state(till, 1), on(till, 3), on(till, 2)), (CardState::Replaced { by: card(3) }, (0, 0, 0), (300, 0, 0)));
        sound(till);
    }
    assert_eq!(a.digest().unwrap().differing(&b.digest().unwrap()), [""; 0]);
}

#[test]
fn a_foreign_top_up_that_says_what_cannot_be_is_kept_and_not_folded() {
    let (_folder, till) = book();
    found(&till);
    let mut chain = Chain { now: NOW, ..Chain::default() };
    chain.take_all(&till);
    chain.bring_up_to_date(&till, &mut Rng(1));
    let log = LogId::from_bytes([0x55; 16]);
    let device = hefu_core::ids::DeviceId::from_bytes([0x56; 16]);
    let stamp = Stamp { log, seq: 1, device, store: None, who: None, at: NOW, ahead: 0, day: "2026-06-01".to_owned() };
    let body = with_counter(&till, topped_up(1, 1, 1_000_000_000_001, 0, &[]).into());
    chain.put_foreign(log, Operation { head: body.write(&stamp).unwrap(), detail: Part::NONE, sealed: Part::NONE });
    chain.bring_up_to_date(&till, &mut Rng(1));
    assert_eq!((on(&till, 1), till.read(|book| book.is_frozen(card(1).0)).unwrap()), ((0, 0, 0), true));
    sound(&till);
}
