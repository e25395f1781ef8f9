//! Accounts and what is lent of them (E3, I7, I9, I10).

use hefu_core::{
    ids::{ChainId, DeviceId, LeaseId, LogId},
    lease::{Amount, Answer, Denial, Holder, Lendable, Recall, Term, What},
    op::{ChainStarted, Exchange, Leased},
};

use super::{
    Ground, Till,
    money::{COUPON, POINTS, PRINCIPAL, adjusted, coupon_issued, expired, kept, seal, used},
    till::{NOW, store},
};
use crate::{ChainLog, LogError};

fn amount(amount: i64) -> Amount {
    Amount::new(amount).unwrap()
}

/// Asks for one lease; what was lent, or why not.
pub async fn ask(log: &dyn ChainLog, till: &Till, n: u8, account: Lendable, much: i64) -> Result<i64, Denial> {
    let answers = log.lend(till.holder(), vec![till.asks(n, account, much, Term::Allotment)]).await.unwrap();
    match answers[..] {
        [Answer::Granted(grant)] => Ok(grant.amount.get()),
        [Answer::Denied(denied)] => Err(denied.why),
        _ => panic!("one answer"),
    }
}

/// Two tills of two stores and a card with money on it, put there by the first.
pub async fn loaded(log: &dyn ChainLog, much: i64) -> (Till, Till) {
    let mut a = Till::joined(log, 1, store(1)).await;
    let b = Till::joined(log, 2, store(2)).await;
    a.says(a.top_up(much), &Leased::NONE);
    a.push(log, 1).await.unwrap();
    (a, b)
}

/// Free, lent, spent, owed.
pub async fn figures(log: &dyn ChainLog, account: Lendable) -> [i64; 4] {
    let escrow = log.escrow(account).await.unwrap();
    assert!(escrow.adds_up());
    [escrow.free(), escrow.lent(), escrow.spent(), escrow.owed()]
}

pub async fn broken(log: &dyn ChainLog) -> Vec<(u64, What, i64, i64)> {
    let breaches = log.breaches((0, 0), 100).await.unwrap();
    breaches.iter().map(|breach| (breach.gseq, breach.exception.what, breach.exception.amount, breach.exception.owed)).collect()
}

pub async fn what_is_free_is_lent_once(ground: &dyn Ground) {
    let log = ground.open().await;
    let (a, b) = loaded(&*log, 100).await;
    assert_eq!(ask(&*log, &a, 1, PRINCIPAL, 60).await, Ok(60));
    assert_eq!(ask(&*log, &b, 2, PRINCIPAL, 41).await, Err(Denial::TooLittle));
    assert_eq!(ask(&*log, &b, 3, PRINCIPAL, 40).await, Ok(40));
    assert_eq!(figures(&*log, PRINCIPAL).await, [0, 100, 0, 0]);
    let told = log.statements(b.log, vec![PRINCIPAL, POINTS]).await.unwrap();
    assert_eq!((told[0].account, told[0].as_of, told[0].free), (PRINCIPAL, 1, Amount::NONE));
    let held: Vec<_> = told[0].held.iter().map(|held| (held.device, held.amount.get())).collect();
    assert_eq!(held, [(a.device, 60), (b.device, 40)]);
    assert_eq!((told[1].account, told[1].free, told[1].held.len()), (POINTS, Amount::NONE, 0), "nothing is known of it");
    let many = [1, 2, 3].map(|n| a.asks(n + 10, PRINCIPAL, 0, Term::Hold)).to_vec();
    assert_eq!(log.lend(a.holder(), many).await.unwrap().len(), 3);
}

pub async fn an_answer_is_for_ever(ground: &dyn Ground) {
    let log = ground.open().await;
    let (a, b) = loaded(&*log, 100).await;
    let asks = vec![a.asks(1, PRINCIPAL, 70, Term::Hold), a.asks(2, PRINCIPAL, 70, Term::Hold), a.asks(1, PRINCIPAL, 70, Term::Hold)];
    let answers = log.lend(a.holder(), asks.clone()).await.unwrap();
    assert!(matches!(answers[..], [Answer::Granted(_), Answer::Denied(_), Answer::Granted(_)]));
    let mut richer = a.clone();
    richer.says(a.top_up(1000), &Leased::NONE);
    richer.push(&*log, 2).await.unwrap();
    drop(log);
    let log = ground.open().await;
    assert_eq!(log.lend(a.holder(), asks).await.unwrap(), answers, "also now that there is enough, and after a restart");
    assert_eq!(ask(&*log, &a, 1, PRINCIPAL, 71).await, Err(Denial::Taken), "another request with the id of one");
    assert_eq!(ask(&*log, &b, 1, PRINCIPAL, 70).await, Err(Denial::Taken));
    assert_eq!(figures(&*log, PRINCIPAL).await, [1030, 70, 0, 0]);
}

pub async fn a_spend_and_its_seal_free_the_rest(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, b) = loaded(&*log, 100).await;
    ask(&*log, &a, 1, PRINCIPAL, 80).await.unwrap();
    a.says(a.card_sale(1, 30), &used(1, PRINCIPAL, 30));
    a.push(&*log, 2).await.unwrap();
    assert_eq!(figures(&*log, PRINCIPAL).await, [20, 50, 30, 0]);
    a.says(seal(1, PRINCIPAL), &Leased::NONE);
    a.push(&*log, 3).await.unwrap();
    a.push(&*log, 1).await.unwrap();
    assert_eq!(figures(&*log, PRINCIPAL).await, [70, 0, 30, 0], "read once, however often it is pushed");
    assert_eq!(ask(&*log, &b, 2, PRINCIPAL, 70).await, Ok(70));
    assert_eq!(ask(&*log, &a, 1, PRINCIPAL, 80).await, Ok(80), "the answer stands, the lease is over");
    a.says(a.card_sale(2, 10), &used(1, PRINCIPAL, 10));
    a.push(&*log, 4).await.unwrap();
    assert_eq!(broken(&*log).await, [(4, What::AfterItsEnd, 10, 10)]);
}

pub async fn a_credit_that_is_kept_is_lent_from_the_start(ground: &dyn Ground) {
    let log = ground.open().await;
    let mut a = Till::joined(&*log, 1, store(1)).await;
    a.says(a.top_up(100), &kept(1, PRINCIPAL, 60));
    a.says(a.card_sale(1, 25), &used(1, PRINCIPAL, 25));
    a.says(a.cash_sale(2, 500), &kept(2, Lendable::Refundable(a.cash_sale(2, 500).sale), 900));
    a.push(&*log, 1).await.unwrap();
    assert_eq!(figures(&*log, PRINCIPAL).await, [40, 35, 25, 0]);
    let refundable = Lendable::Refundable(a.cash_sale(2, 500).sale);
    assert_eq!(figures(&*log, refundable).await, [0, 500, 0, 0], "no more than there is");
    a.says(a.refund(2, 200, 0, false), &used(2, refundable, 200));
    a.says(a.top_up(10), &kept(1, PRINCIPAL, 10));
    a.push(&*log, 4).await.unwrap();
    assert_eq!(figures(&*log, refundable).await, [0, 300, 200, 0]);
    assert_eq!(figures(&*log, PRINCIPAL).await, [50, 35, 25, 0], "an id that is known keeps nothing");
    assert_eq!(broken(&*log).await, []);
}

pub async fn what_is_called_back_is_told_until_it_is_sealed(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, b) = loaded(&*log, 100).await;
    ask(&*log, &a, 1, PRINCIPAL, 90).await.unwrap();
    let mut tip = log.tip();
    tip.borrow_and_update();
    let recall = Recall { lease: LeaseId::from_bytes([1; 16]), account: PRINCIPAL, holder: a.holder() };
    assert_eq!(log.call_back(a.holder(), PRINCIPAL, amount(50)).await.unwrap(), [], "nobody calls back from themselves");
    assert_eq!(log.call_back(b.holder(), PRINCIPAL, amount(10)).await.unwrap(), [], "so much is free");
    assert!(!tip.has_changed().unwrap(), "nothing new, nobody woken");
    for _ in 0..2 {
        assert_eq!(log.call_back(b.holder(), PRINCIPAL, amount(50)).await.unwrap(), [recall]);
        assert_eq!(log.recalls(a.log).await.unwrap(), [recall]);
    }
    let seen = *tip.borrow_and_update();
    assert_eq!((seen.head, seen.recalls), (1, 1), "who waits is woken, once");
    assert_eq!(log.recalls(b.log).await.unwrap(), []);
    a.says(seal(1, PRINCIPAL), &Leased::NONE);
    a.push(&*log, 2).await.unwrap();
    assert_eq!(log.recalls(a.log).await.unwrap(), []);
    assert_eq!(ask(&*log, &b, 2, PRINCIPAL, 100).await, Ok(100));
    let again = log.recall(LeaseId::from_bytes([2; 16]), PRINCIPAL).await.unwrap();
    assert_eq!(again.map(|recall| recall.holder), Some(b.holder()), "head office calls back by the lease's name");
}

pub async fn a_recall_that_comes_first_denies(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, _) = loaded(&*log, 100).await;
    assert_eq!(log.recall(LeaseId::from_bytes([1; 16]), PRINCIPAL).await.unwrap(), None);
    a.says(seal(2, PRINCIPAL), &Leased::NONE);
    a.push(&*log, 2).await.unwrap();
    for n in [1, 2] {
        assert_eq!(ask(&*log, &a, n, PRINCIPAL, 10).await, Err(Denial::Recalled));
    }
    assert_eq!(figures(&*log, PRINCIPAL).await, [100, 0, 0, 0]);
}

pub async fn ids_are_one_name_space(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, _) = loaded(&*log, 100).await;
    let mut hq = Till::joined(&*log, 3, None).await;
    hq.says(adjusted(50), &Leased::NONE);
    hq.push(&*log, 1).await.unwrap();
    let both = vec![a.asks(1, PRINCIPAL, 10, Term::Hold), a.asks(1, POINTS, 10, Term::Hold)];
    let answers = log.lend(a.holder(), both).await.unwrap();
    assert!(matches!(answers[..], [Answer::Granted(_), Answer::Denied(denied)] if denied.why == Denial::Taken));
    assert_eq!(ask(&*log, &a, 1, POINTS, 10).await, Err(Denial::Taken));
    a.says(seal(1, POINTS), &Leased::NONE);
    a.says(a.reward_sale(1, 0, 10, false), &used(1, POINTS, 10));
    a.push(&*log, 2).await.unwrap();
    assert_eq!(figures(&*log, PRINCIPAL).await, [90, 10, 0, 0], "its lease is untouched");
    assert_eq!(figures(&*log, POINTS).await, [40, 0, 10, 0]);
    assert_eq!(broken(&*log).await, [(4, What::NeverLent, 10, 0)]);
}

pub async fn nobody_asks_in_anothers_name(ground: &dyn Ground) {
    let log = ground.open().await;
    let (a, b) = loaded(&*log, 100).await;
    let of_a = a.asks(1, PRINCIPAL, 10, Term::Hold);
    assert!(matches!(log.lend(b.holder(), vec![of_a]).await, Err(LogError::NotYours)), "a request that names another");
    let forged = Holder { device: b.device, log: a.log };
    assert!(matches!(log.lend(forged, Vec::new()).await, Err(LogError::NotYours)), "another's log");
    let stranger = Holder { device: DeviceId::from_bytes([77; 16]), log: LogId::from_bytes([77; 16]) };
    assert!(matches!(log.lend(stranger, Vec::new()).await, Err(LogError::DeviceUnknown)));
    assert_eq!(figures(&*log, PRINCIPAL).await, [100, 0, 0, 0]);
}

/// The accounts go by the fold's rule of whose word counts.
pub async fn what_does_not_count_moves_no_account(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, mut b) = loaded(&*log, 100).await;
    b.says(adjusted(1000), &Leased::NONE);
    b.says(a.top_up(5000), &Leased::NONE);
    let mut unpaid = b.top_up(7000);
    unpaid.postings.remove(0);
    b.says(unpaid, &Leased::NONE);
    b.push(&*log, 1).await.unwrap();
    assert_eq!(figures(&*log, POINTS).await, [0; 4], "points are head office's to give");
    assert_eq!(figures(&*log, PRINCIPAL).await, [100, 0, 0, 0], "not of another store's drawer, and not of nothing");
    // What no shop has would spoil every sum: it is taken like a kind that is not known.
    a.says(a.top_up(1_000_000_000_001), &Leased::NONE);
    a.push(&*log, 2).await.unwrap();
    assert_eq!(figures(&*log, PRINCIPAL).await, [100, 0, 0, 0]);
}

pub async fn who_began_the_chain_is_head_office(ground: &dyn Ground) {
    let log = ground.open().await;
    log.set_setting("chain", Some(vec![0xc0; 16])).await.unwrap();
    let start = |n: u8| ChainStarted { chain: ChainId::from_bytes([n; 16]), name: "合符示范".into(), demo: false };
    let mut first = Till::joined(&*log, 1, store(1)).await;
    let mut later = Till::joined(&*log, 2, store(2)).await;
    for till in [&mut first, &mut later] {
        till.says(start(0xc0), &Leased::NONE);
        till.says(adjusted(100), &Leased::NONE);
        till.push(&*log, 1).await.unwrap();
    }
    assert_eq!(figures(&*log, POINTS).await, [100, 0, 0, 0], "only the first in the sequence began it");
    drop(log);
    let log = ground.open().await;
    first.says(adjusted(11), &Leased::NONE);
    first.push(&*log, 3).await.unwrap();
    assert_eq!(figures(&*log, POINTS).await, [111, 0, 0, 0], "and stays it");
}

pub async fn every_kind_moves_its_accounts(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, _) = loaded(&*log, 100).await;
    let mut hq = Till::joined(&*log, 3, None).await;
    hq.says(adjusted(500), &Leased::NONE);
    hq.says(coupon_issued(), &Leased::NONE);
    hq.push(&*log, 1).await.unwrap();
    a.says(a.reward_sale(1, 40, 200, true), &Leased::NONE);
    a.says(a.card_refund(60), &Leased::NONE);
    a.push(&*log, 2).await.unwrap();
    let coupon = Lendable::Coupon(COUPON);
    let refundable = Lendable::Refundable(a.cash_sale(1, 100).sale);
    assert_eq!(figures(&*log, POINTS).await, [340, 0, 200, 0]);
    assert_eq!(figures(&*log, coupon).await, [0, 0, 1, 0]);
    assert_eq!(figures(&*log, refundable).await, [100, 0, 0, 0]);
    assert_eq!(figures(&*log, PRINCIPAL).await, [40, 0, 60, 0]);
    a.says(a.refund(1, 30, 40, true), &Leased::NONE);
    a.push(&*log, 4).await.unwrap();
    assert_eq!(figures(&*log, POINTS).await, [300, 0, 200, 0], "what was earned is taken back");
    assert_eq!(figures(&*log, coupon).await, [1, 0, 1, 0]);
    assert_eq!(figures(&*log, refundable).await, [70, 0, 30, 0]);
    assert_eq!(ask(&*log, &a, 1, POINTS, 250).await, Ok(250));
    hq.says(expired(80), &Leased::NONE);
    hq.says(adjusted(-5), &Leased::NONE);
    hq.push(&*log, 3).await.unwrap();
    let points = log.escrow(POINTS).await.unwrap();
    assert_eq!((points.free(), points.owed(), points.lapsed(), points.lent()), (0, 5, 50, 250), "the rest lapses at the seal");
    a.says(seal(1, POINTS), &Leased::NONE);
    a.push(&*log, 5).await.unwrap();
    let points = log.escrow(POINTS).await.unwrap();
    assert_eq!((points.free(), points.owed(), points.lapsed()), (215, 0, 80));
    assert_eq!(broken(&*log).await, [(8, What::ClawedBack, 5, 5)], "points owed are told");
}

/// Two tills that do not know of each other refund one sale: that makes no second coupon of one (C4).
pub async fn a_coupon_comes_back_once_from_each_sale(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, mut b) = loaded(&*log, 100).await;
    let mut hq = Till::joined(&*log, 3, None).await;
    let coupon = Lendable::Coupon(COUPON);
    hq.says(coupon_issued(), &Leased::NONE);
    hq.push(&*log, 1).await.unwrap();
    a.says(a.reward_sale(1, 0, 0, true), &Leased::NONE);
    // Twice in one push, and once more from elsewhere, kept for whoever says so.
    a.says(a.refund(1, 30, 0, true), &Leased::NONE);
    a.says(a.refund(1, 30, 0, true), &Leased::NONE);
    a.push(&*log, 2).await.unwrap();
    assert_eq!(figures(&*log, coupon).await, [1, 0, 1, 0]);
    b.says(b.refund(1, 30, 0, true), &kept(7, coupon, 1));
    b.push(&*log, 1).await.unwrap();
    assert_eq!(figures(&*log, coupon).await, [1, 0, 1, 0], "nothing that is nothing is kept");
    assert_eq!(figures(&*log, Lendable::Refundable(a.cash_sale(1, 1).sale)).await, [10, 0, 90, 0], "the money went all the same");
    // It pays for another sale, and comes back from that one too.
    b.says(b.reward_sale(2, 0, 0, true), &Leased::NONE);
    b.push(&*log, 2).await.unwrap();
    assert_eq!(figures(&*log, coupon).await, [0, 0, 2, 0]);
    drop(log);
    let log = ground.open().await;
    a.says(a.refund(1, 5, 0, true), &Leased::NONE);
    a.push(&*log, 5).await.unwrap();
    assert_eq!(figures(&*log, coupon).await, [0, 0, 2, 0], "and after the server was started again");
    a.says(a.refund(2, 30, 0, true), &Leased::NONE);
    a.push(&*log, 6).await.unwrap();
    assert_eq!(figures(&*log, coupon).await, [1, 0, 2, 0]);
    let taken = b.cash_sale(3, 5);
    let refundable = Lendable::Refundable(taken.sale);
    b.says(Box::new(Exchange { refund: b.refund(2, 5, 0, true), sale: taken }), &Leased::NONE);
    b.push(&*log, 3).await.unwrap();
    assert_eq!((figures(&*log, coupon).await, figures(&*log, refundable).await), ([1, 0, 2, 0], [5, 0, 0, 0]), "nor by an exchange");
    assert_eq!(broken(&*log).await, [], "a coupon is one, and nothing is owed");
}

pub async fn a_breach_is_noted_once(ground: &dyn Ground) {
    let log = ground.open().await;
    let (mut a, mut b) = loaded(&*log, 100).await;
    ask(&*log, &a, 1, PRINCIPAL, 60).await.unwrap();
    a.says(a.card_sale(1, 70), &used(1, PRINCIPAL, 70));
    b.says(b.card_sale(2, 10), &used(1, PRINCIPAL, 10));
    b.says(b.card_sale(3, 10), &used(9, PRINCIPAL, 10));
    b.says(b.card_sale(4, 25), &Leased::NONE);
    a.push(&*log, 2).await.unwrap();
    b.push(&*log, 1).await.unwrap();
    let told = [(2, What::TooMuch, 70, 0), (3, What::NotTheHolder, 10, 0), (4, What::NeverLent, 10, 0), (5, What::Overspent, 25, 15)];
    assert_eq!(broken(&*log).await, told);
    for till in [&a, &b] {
        till.push(&*log, 1).await.unwrap();
    }
    drop(log);
    let log = ground.open().await;
    assert_eq!(broken(&*log).await, told, "pushed again and opened again it is told once");
    let second = log.breaches((2, 0), 1).await.unwrap();
    assert_eq!((second.len(), second[0].gseq, second[0].by, second[0].received_at), (1, 3, b.holder(), NOW));
    assert_eq!((second[0].account, second[0].exception.lease), (PRINCIPAL, Some(LeaseId::from_bytes([1; 16]))));
    assert_eq!(figures(&*log, PRINCIPAL).await, [0, 0, 115, 15]);
}

/// A hostile till's figures can leave what is counted: it is told, and the log goes on.
pub async fn a_sum_past_counting_stops_nothing(ground: &dyn Ground) {
    const MOST: i64 = 1_000_000_000_000;
    let log = ground.open().await;
    let mut a = Till::joined(&*log, 1, store(1)).await;
    let times = (1u64 << 53).div_ceil(MOST.unsigned_abs());
    for _ in 0..times {
        a.says(a.top_up(MOST), &Leased::NONE);
    }
    assert_eq!(a.push(&*log, 1).await.unwrap(), times);
    assert_eq!(broken(&*log).await, [(times, What::Uncounted, MOST, 0)]);
    assert_eq!(figures(&*log, PRINCIPAL).await[0], MOST * (i64::try_from(times).unwrap() - 1));
}
