//! Leases over the line: asked for, lost on the way, asked again, called back and sealed (E3, I7, I10).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(dead_code, reason = "each test uses its part of the ground")]

mod ground;

use std::time::Duration;

use ground::{CHAIN, NOW, Server, Till, store, until};
use hefu_core::{
    error::Code,
    ids::{CardId, DeviceId, LeaseId, LogId, SaleId, TopUpId},
    lease::{Amount, Answer, Denial, Keep, Lendable, Recall, Seal, Source, Term, Use},
    money::{Fen, Points},
    op::{Body, CardToppedUp, Draft, LeaseSealed, Leased, Sale},
    posting::{Account, Ledger},
    wire::{CallBack, Frame, LeaseReply, LeaseRequest, PullRequest, Pulled, Wish, recalls_known},
};
use hefu_log::{Devices, Leases};
use hefu_replica::By;
use hefu_sync::{HttpTransport, SyncError, Transport, Who};
use tokio::task::JoinSet;

const CARD: CardId = CardId(uuid::Uuid::from_bytes([0xca; 16]));
const PRINCIPAL: Lendable = Lendable::CardPrincipal(CARD);

fn id(n: u8) -> LeaseId {
    LeaseId::from_bytes([n; 16])
}

fn says(till: &Till, body: impl Into<Body>, leased: Leased) {
    let by = By { who: None, at: NOW, ahead: 0 };
    let draft = Draft { leased, ..Draft::new(body) };
    till.replica.write(|book| book.append(by, &draft)).unwrap();
}

fn top_up(till: &Till, amount: i32) -> CardToppedUp {
    let (store, fen) = (till.identity.store.unwrap(), Fen::constant(amount));
    let mut postings = Ledger::new();
    postings.fen(Account::Prepaid(store), Account::Cash(till.identity.device), fen).unwrap();
    postings.fen(Account::CardsIssued, PRINCIPAL.into(), fen).unwrap();
    CardToppedUp {
        top_up: TopUpId::from_bytes([7; 16]),
        card: CARD,
        receipt_no: "A-01-000001".into(),
        number: 1,
        till_no: 1,
        plan: String::new(),
        principal_fen: fen,
        bonus_fen: Fen::ZERO,
        parts: Vec::new(),
        buyer: None,
        postings: postings.done(),
    }
}

fn card_sale(till: &Till, n: u8, amount: i32) -> Sale {
    let (store, fen, sale) = (till.identity.store.unwrap(), Fen::constant(amount), SaleId::from_bytes([n; 16]));
    let mut postings = Ledger::new();
    postings.fen(Account::Turnover(store), Account::Prepaid(store), fen).unwrap();
    postings.fen(PRINCIPAL.into(), Account::CardsIssued, fen).unwrap();
    Sale {
        sale,
        receipt_no: "A-01-000002".into(),
        number: 2,
        till_no: 1,
        member: None,
        line_count: 1,
        quantity_milli: 1000,
        goods_fen: fen,
        off_fen: Fen::ZERO,
        total_fen: fen,
        rounding_fen: Fen::ZERO,
        tax_fen: Fen::ZERO,
        points: Points::constant(0),
        rules: Vec::new(),
        tier: None,
        promotions: Vec::new(),
        coupons: Vec::new(),
        unproved: false,
        gifts: Vec::new(),
        postings: postings.done(),
    }
}

fn used(n: u8, amount: u32) -> Leased {
    let used = Use { account: PRINCIPAL, of: Source::Lease(id(n)), amount: Amount::constant(amount) };
    Leased { uses: vec![used], keeps: Vec::new() }
}

fn who(till: &Till) -> Who {
    Who { chain: CHAIN, device: till.identity.device, key: till.key.clone() }
}

fn asking(till: &Till, wishes: &[(u8, u32)]) -> LeaseRequest {
    let wish =
        |(n, amount): &(u8, u32)| Wish { lease: id(*n), account: PRINCIPAL, amount: Amount::constant(*amount), term: Term::Allotment };
    LeaseRequest { log: till.identity.log, asks: wishes.iter().map(wish).collect(), call_back: Vec::new(), about: vec![PRINCIPAL] }
}

fn lent(reply: &LeaseReply) -> Vec<Result<i64, Denial>> {
    let said = reply.answers.iter().map(|answer| match answer {
        Answer::Granted(grant) => Ok(grant.amount.get()),
        Answer::Denied(denied) => Err(denied.why),
    });
    said.collect()
}

async fn met(server: &Server, till: &Till) -> HttpTransport {
    let line = server.transport(server.address);
    line.hello(&who(till)).await.unwrap();
    line
}

/// A server, two tills, and a card on which the first put so much.
async fn loaded(amount: i32) -> (Server, Till, Till) {
    let server = Server::start().await;
    let (a, b) = (server.till(1).await, server.till(2).await);
    says(&a, top_up(&a, amount), Leased::NONE);
    let running = a.sync(server.transport(server.address));
    until("the top-up is sent", || a.replica.unsent().unwrap() == 0).await;
    running.stop().await;
    (server, a, b)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_is_answered_for_ever() {
    let (server, a, b) = loaded(100).await;
    let (at_a, at_b) = (met(&server, &a).await, met(&server, &b).await);
    let request = asking(&a, &[(1, 60), (2, 60)]);
    let first = at_a.lease(&who(&a), &request).await.unwrap();
    assert_eq!(lent(&first), [Ok(60), Err(Denial::TooLittle)]);
    assert_eq!((first.statements[0].free.get(), first.statements[0].as_of), (40, 1));
    assert_eq!(
        lent(&at_b.lease(&who(&b), &asking(&b, &[(3, 41), (4, 40), (1, 60)])).await.unwrap()),
        [Err(Denial::TooLittle), Ok(40), Err(Denial::Taken)]
    );
    let elsewhere = server.restarted().await;
    let anew = server.transport(elsewhere);
    assert_eq!(anew.lease(&who(&a), &request).await.unwrap_err().code(), Code::SignInNeeded);
    anew.hello(&who(&a)).await.unwrap();
    assert_eq!(anew.lease(&who(&a), &request).await.unwrap().answers, first.answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_refused() {
    let (server, a, b) = loaded(100).await;
    let (at_a, at_b) = (met(&server, &a).await, met(&server, &b).await);
    let code = |answer: Result<LeaseReply, SyncError>| answer.unwrap_err().code();
    assert_eq!(code(server.transport(server.address).lease(&who(&a), &asking(&a, &[])).await), Code::SignInNeeded);
    assert_eq!(code(at_b.lease(&who(&b), &asking(&a, &[(1, 10)])).await), Code::NotPermitted, "for another's log");
    let many: Vec<(u8, u32)> = (1..=51).map(|n| (n, 1)).collect();
    assert_eq!(code(at_a.lease(&who(&a), &asking(&a, &many)).await), Code::RequestInvalid);
    assert_eq!(code(at_a.lease(&who(&a), &asking(&a, &[(1, 0)])).await), Code::RequestInvalid, "nothing is no lease");
    let long = LeaseRequest { about: vec![PRINCIPAL; 500], ..asking(&a, &[]) };
    assert_eq!(code(at_a.lease(&who(&a), &long).await), Code::OperationTooLarge);
    server.log.revoke(a.identity.device, NOW).await.unwrap();
    assert_eq!(code(at_a.lease(&who(&a), &asking(&a, &[(1, 10)])).await), Code::DeviceRevoked);
    assert_eq!(server.log.escrow(PRINCIPAL).await.unwrap().lent(), 0);
}

/// Two tills ask at once over a line that loses answers and sends requests twice, until each knows all its answers: what they know to be
/// lent is what is.
#[tokio::test(flavor = "multi_thread")]
async fn lost_and_doubled_answers_lend_nothing_twice() {
    let (server, a, b) = loaded(500).await;
    let mut asking_on = JoinSet::new();
    for (till, first) in [(&a, 1u8), (&b, 101)] {
        let (line, who, log) = (met(&server, till).await, who(till), till.identity.log);
        asking_on.spawn(async move {
            let (mut known, mut round) = (0, 0u32);
            for n in first..first + 40 {
                let wish = Wish { lease: id(n), account: PRINCIPAL, amount: Amount::constant(9), term: Term::Hold };
                let request = LeaseRequest { log, asks: vec![wish], call_back: Vec::new(), about: Vec::new() };
                loop {
                    round += 1;
                    let (answer, double) = tokio::join!(line.lease(&who, &request), line.lease(&who, &request));
                    assert_eq!(answer.as_ref().unwrap(), &double.unwrap());
                    // Every second answer does not arrive.
                    if round % 2 == 0 {
                        known += lent(&answer.unwrap())[0].unwrap_or(0);
                        break;
                    }
                }
            }
            known
        });
    }
    let known: i64 = asking_on.join_all().await.into_iter().sum();
    let escrow = server.log.escrow(PRINCIPAL).await.unwrap();
    assert_eq!((escrow.lent(), escrow.free()), (known, 500 - known));
    assert!(known > 490);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recall_reaches_its_till_and_its_seal_frees() {
    let (server, a, b) = loaded(100).await;
    let (at_a, at_b) = (met(&server, &a).await, met(&server, &b).await);
    at_a.lease(&who(&a), &asking(&a, &[(1, 100)])).await.unwrap();
    let running = a.sync(server.transport(server.address));
    let mut heard = running.handle.recalls();
    running.until(hefu_sync::Link::Online).await;
    let mut request = asking(&b, &[(2, 70)]);
    request.call_back = vec![CallBack { account: PRINCIPAL, amount: Amount::constant(70) }];
    let reply = at_b.lease(&who(&b), &request).await.unwrap();
    let recall =
        Recall { lease: id(1), account: PRINCIPAL, holder: hefu_core::lease::Holder { device: a.identity.device, log: a.identity.log } };
    assert_eq!((lent(&reply), reply.called_back), (vec![Err(Denial::TooLittle)], vec![recall]));
    let told = tokio::time::timeout(Duration::from_secs(15), heard.wait_for(|recalls| !recalls.is_empty())).await.expect("heard");
    assert_eq!(*told.unwrap(), [recall]);
    says(&a, card_sale(&a, 1, 25), used(1, 25));
    says(&a, LeaseSealed { seals: vec![Seal { lease: id(1), account: PRINCIPAL }] }, Leased::NONE);
    tokio::time::timeout(Duration::from_secs(40), heard.wait_for(Vec::is_empty)).await.expect("heard that it is over").unwrap();
    assert_eq!(lent(&at_b.lease(&who(&b), &asking(&b, &[(3, 75)])).await.unwrap()), [Ok(75)]);
    running.stop().await;
    let escrow = server.log.escrow(PRINCIPAL).await.unwrap();
    assert_eq!((escrow.free(), escrow.lent(), escrow.spent(), escrow.owed()), (0, 75, 25, 0));
    assert!(server.log.breaches((0, 0), 10).await.unwrap().is_empty());
}

/// A pull that knows no recalls is answered as it always was, and waits through one; asked for with what is known, they come once.
#[tokio::test(flavor = "multi_thread")]
async fn recalls_come_to_who_asks_for_them() {
    let (server, a, b) = loaded(100).await;
    let at_a = met(&server, &a).await;
    at_a.lease(&who(&a), &asking(&a, &[(1, 100)])).await.unwrap();
    let held = a.replica.held().unwrap();
    let pull = |recalls: Option<String>, wait| PullRequest {
        after: 1,
        beside_after: 0,
        wait,
        log: a.identity.log,
        held: held.seq,
        held_hash: held.hash.hex(),
        unsent: 0,
        recalls,
    };
    let none = recalls_known(&[]);
    let (old, new) = (pull(None, 2), pull(Some(none.clone()), 25));
    let asked = std::time::Instant::now();
    let (old, new, ()) = tokio::join!(at_a.pull(&old), at_a.pull(&new), async {
        let asker = hefu_core::lease::Holder { device: b.identity.device, log: b.identity.log };
        server.log.call_back(asker, PRINCIPAL, Amount::constant(10)).await.unwrap();
    });
    assert!(asked.elapsed() >= Duration::from_secs(2), "the old one waited its time");
    assert_eq!(old.unwrap().recalls, None);
    let told = new.unwrap();
    let recalls = told.recalls.clone().unwrap();
    assert_eq!((recalls.len(), recalls[0].lease, told.frame.upto), (1, id(1), 1));
    let known = recalls_known(&recalls);
    assert_eq!(at_a.pull(&pull(Some(known), 0)).await.unwrap().recalls, None, "what is known is not said again");
    assert_eq!(at_a.pull(&pull(Some(none), 0)).await.unwrap(), told, "what was lost on the way is");
    let bytes = told.write().unwrap();
    assert_eq!(Pulled::read(&bytes), Ok(told));
    assert_eq!(Frame::read(&bytes), Err(Code::ServerRubbish));
}

/// A top-up made with the line down can be spent there before anybody knows of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_till_keeps_it_spends_offline() {
    let server = Server::start().await;
    let a = server.device(1, store(1)).await;
    let keep = Keep { lease: id(5), account: PRINCIPAL, amount: Amount::constant(80) };
    says(&a, top_up(&a, 100), Leased { uses: Vec::new(), keeps: vec![keep] });
    says(&a, card_sale(&a, 1, 30), used(5, 30));
    let running = a.sync(server.transport(server.address));
    until("all is sent", || a.replica.unsent().unwrap() == 0).await;
    running.stop().await;
    let escrow = server.log.escrow(PRINCIPAL).await.unwrap();
    assert_eq!((escrow.free(), escrow.lent(), escrow.spent()), (20, 50, 30));
    assert!(server.log.breaches((0, 0), 10).await.unwrap().is_empty());
}

/// An answer is for whoever asked it, and to what was asked.
#[test]
fn a_reply_to_another_is_none() {
    let (log, device) = (LogId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
    let wish = Wish { lease: id(1), account: PRINCIPAL, amount: Amount::constant(5), term: Term::Hold };
    let request = LeaseRequest { log, asks: vec![wish], call_back: Vec::new(), about: vec![PRINCIPAL] };
    let mut escrow = hefu_core::lease::Escrow::default();
    escrow.credit(Amount::constant(5)).unwrap();
    let reply = |device| {
        let answer = escrow.clone().ask(&request.asks_of(device)[0], hefu_core::lease::Standing::Enrolled);
        LeaseReply { answers: vec![answer], called_back: Vec::new(), statements: vec![escrow.statement(PRINCIPAL, 1, log).unwrap()] }
    };
    assert!(request.is_answered_by(device, &reply(device)));
    assert!(!request.is_answered_by(device, &reply(DeviceId::from_bytes([3; 16]))));
    assert!(!LeaseRequest { log: LogId::from_bytes([9; 16]), ..request.clone() }.is_answered_by(device, &reply(device)));
    assert!(
        !LeaseRequest { asks: vec![Wish { amount: Amount::constant(4), ..wish }], ..request.clone() }
            .is_answered_by(device, &reply(device))
    );
    assert!(!LeaseRequest { about: Vec::new(), ..request.clone() }.is_answered_by(device, &reply(device)));
    assert!(!request.is_answered_by(device, &LeaseReply { answers: Vec::new(), ..reply(device) }));
}
