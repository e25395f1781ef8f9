//! Random schedules of everything that touches accounts, against accounts that are kept whole in memory, and against what the sequence
//! alone says (I7): whatever is asked, sealed, called back, lost, pushed twice or cut off by a restart.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hefu_core::{
    ids::{LeaseId, SaleId, StoreId},
    lease::{Act, Amount, Answer, Denial, Ending, Escrow, Lease, Lendable, Lost, Release, Source, Stage, Standing as Rights, Term, What},
    op::{Leased, Standing},
};

use super::{
    Ground, Till,
    money::{COUPON, POINTS, PRINCIPAL, adjusted, coupon_issued, expired, kept, seal, used},
    push::Dice,
    till::{NOW, all, store},
};
use crate::{Ask, ChainLog, Freed, escrow::Read};

const ROUNDS: usize = 500;
/// So few that ids meet, and enough that some are still new at the end.
const IDS: usize = 240;
const SALES: usize = 4;

/// The same accounts, each whole.
#[derive(Default)]
struct Plain {
    accounts: BTreeMap<Lendable, Escrow>,
    places: BTreeMap<LeaseId, Lendable>,
    breaches: Vec<(u64, u32, What, i64, i64)>,
    head: u64,
    /// Sales that a coupon came back from.
    returned: BTreeSet<(Lendable, SaleId)>,
}

impl Plain {
    fn escrow(&mut self, account: Lendable) -> &mut Escrow {
        self.accounts.entry(account).or_default()
    }

    /// Reads the next operation of the sequence.
    fn read(&mut self, head: &[u8], store: Option<StoreId>) {
        self.head += 1;
        let from = Standing { store, founder: false };
        let Some(fact) = Read::of(head).and_then(|read| read.fact(self.head, from)) else { return };
        let mut no = 0;
        for (account, act) in &fact.acts {
            if let Act::Return { sale, .. } = act
                && !self.returned.insert((*account, *sale))
            {
                continue;
            }
            let places = self.places.clone();
            let elsewhere = |id| places.get(&id).is_some_and(|place| place != account);
            for told in self.escrow(*account).read(fact.by, act, elsewhere) {
                self.breaches.push((self.head, no, told.what, told.amount, told.owed));
                no += 1;
            }
            let known: Vec<LeaseId> =
                (0..=255).map(|n| LeaseId::from_bytes([n; 16])).filter(|id| self.escrow(*account).knows(*id)).collect();
            for id in known {
                self.places.entry(id).or_insert(*account);
            }
        }
    }

    fn ask(&mut self, ask: &hefu_core::lease::Ask, rights: Rights) -> Result<i64, Denial> {
        if self.places.get(&ask.lease).is_some_and(|place| *place != ask.account) {
            return Err(Denial::Taken);
        }
        self.places.insert(ask.lease, ask.account);
        said(&self.escrow(ask.account).ask(ask, rights))
    }

    /// What holds something, by its number.
    fn lent(&self) -> Vec<(u8, Lendable)> {
        let all = self.accounts.iter().flat_map(|(account, escrow)| escrow.leases().map(|(id, lease)| (*account, id, lease.remaining())));
        all.filter(|(_, _, remaining)| *remaining > 0).map(|(account, id, _)| (id.as_bytes()[0], account)).collect()
    }

    /// What holds nothing any more is not in doubt.
    fn change_live(&mut self, change: impl Fn(&mut Escrow) -> i64) {
        for escrow in self.accounts.values_mut() {
            let before = escrow.clone();
            change(escrow);
            let leases: Vec<_> = escrow.leases().map(|(id, lease)| (id, *lease)).collect();
            let is_live = |id| before.lease(id).is_none_or(|lease| lease.remaining() > 0 || matches!(lease.stage, Stage::Released { .. }));
            let leases = leases.into_iter().map(|(id, lease)| if is_live(id) { (id, lease) } else { (id, *before.lease(id).unwrap()) });
            *escrow = Escrow::of(
                escrow.sums(),
                leases.collect::<Vec<_>>(),
                before.denied().collect::<Vec<_>>(),
                escrow.floors().collect::<Vec<_>>(),
            )
            .unwrap();
        }
    }
}

fn said(answer: &Answer) -> Result<i64, Denial> {
    match answer {
        Answer::Granted(grant) => Ok(grant.amount.get()),
        Answer::Denied(denied) => Err(denied.why),
    }
}

fn sale(n: usize) -> Lendable {
    Lendable::Refundable(SaleId::from_bytes([u8::try_from(n).unwrap() + 1; 16]))
}

fn some_account(dice: &mut Dice) -> Lendable {
    match dice.below(6) {
        0..2 => PRINCIPAL,
        2..4 => POINTS,
        4 => Lendable::Coupon(COUPON),
        _ => sale(dice.below(SALES)),
    }
}

fn some(dice: &mut Dice, most: usize) -> i64 {
    i64::try_from(dice.below(most)).unwrap() + 1
}

fn some_id(dice: &mut Dice) -> u8 {
    u8::try_from(dice.below(IDS)).unwrap() + 1
}

/// Writes something, true or not.
fn work(till: &mut Till, dice: &mut Dice, lent: &[(u8, Lendable)]) {
    let (n, much) = (u8::try_from(dice.below(SALES)).unwrap() + 1, some(dice, 40));
    // Mostly of what was lent, to whomever, and sometimes of anything.
    let known: Vec<_> = lent.iter().filter(|_| dice.below(4) > 0).collect();
    let (id, account) = match known.len() {
        0 => (some_id(dice), some_account(dice)),
        many => *known[dice.below(many)],
    };
    let n = if let Lendable::Refundable(sale) = account { sale.as_bytes()[0] } else { n };
    let mut leased = match dice.below(4) {
        0 => Leased::NONE,
        1 => kept(id, account, much),
        _ => used(id, account, much),
    };
    if dice.below(6) == 0 {
        leased.uses.iter_mut().for_each(|used| used.of = Source::Floor);
    }
    if till.store.is_none() {
        match dice.below(4) {
            0 => till.says(adjusted(much * 3), &leased),
            1 => till.says(adjusted(-much), &leased),
            2 => till.says(expired(much), &leased),
            _ => till.says(coupon_issued(), &leased),
        }
        return;
    }
    match dice.below(9) {
        0 | 6 => till.says(till.top_up(much * 4), &leased),
        1 | 2 => till.says(till.card_sale(n, much), &leased),
        3 => till.says(till.reward_sale(n, much, much / 2, dice.below(3) == 0), &leased),
        4 => till.says(till.refund(n, much, much / 3, dice.below(3) == 0), &leased),
        5 => till.says(till.card_refund(much), &leased),
        7 => till.says(seal(id, account), &leased),
        _ => till.says(adjusted(1000), &leased),
    }
}

struct Run {
    log: Arc<dyn ChainLog>,
    plain: Plain,
    tills: [Till; 3],
    held: [usize; 3],
    revoked: [bool; 3],
    dice: Dice,
}

pub async fn any_schedule_agrees_with_a_plain_account(ground: &dyn Ground) {
    let log = ground.open().await;
    let tills = [Till::joined(&*log, 1, store(1)).await, Till::joined(&*log, 2, store(2)).await, Till::joined(&*log, 3, None).await];
    let (held, revoked) = ([0; 3], [false; 3]);
    let mut run = Run { log, plain: Plain::default(), tills, held, revoked, dice: Dice(0x1ea5e) };
    for round in 0..ROUNDS {
        let n = run.dice.below(3);
        match run.dice.below(12) {
            0..5 => {
                let lent = run.plain.lent();
                for _ in 0..=run.dice.below(3) {
                    work(&mut run.tills[n], &mut run.dice, &lent);
                }
                run.push(n).await;
            }
            5 => run.push(n).await,
            6..9 => run.ask(n).await,
            9 => run.call_back(n).await,
            10 if round > ROUNDS / 3 => run.lose(n).await,
            10 => (),
            _ => {
                // As a crash leaves it: what was answered is there.
                let Run { plain, tills, held, revoked, dice, log } = run;
                drop(log);
                run = Run { log: ground.open().await, plain, tills, held, revoked, dice };
            }
        }
        if round % 20 == 0 {
            run.compare().await;
        }
    }
    run.compare().await;
    run.compare_with_the_sequence().await;
}

impl Run {
    /// From somewhere that was held, twice.
    async fn push(&mut self, n: usize) {
        let from = self.dice.below(self.held[n] + 1) as u64 + 1;
        if self.revoked[n] {
            return;
        }
        for _ in 0..2 {
            let till = &self.tills[n];
            assert_eq!(till.push(&*self.log, from).await.unwrap(), till.ops().len() as u64);
        }
        let till = &self.tills[n];
        for op in till.ops().iter().skip(self.held[n]) {
            self.plain.read(&op.head, till.store);
        }
        self.held[n] = till.ops().len();
    }

    async fn ask(&mut self, n: usize) {
        let (till, dice) = (&self.tills[n], &mut self.dice);
        let term = if dice.below(2) == 0 { Term::Hold } else { Term::Allotment };
        let asks: Vec<_> = (0..=dice.below(3)).map(|_| till.asks(some_id(dice), some_account(dice), some(dice, 60), term)).collect();
        let rights = if self.revoked[n] { Rights::Revoked } else { Rights::Enrolled };
        let told: Vec<_> = asks.iter().map(|ask| self.plain.ask(ask, rights)).collect();
        // The answer got lost, and it is asked again.
        let (once, again) = (self.log.lend(till.holder(), asks.clone()).await.unwrap(), self.log.lend(till.holder(), asks).await.unwrap());
        assert_eq!(once.iter().map(said).collect::<Vec<_>>(), told);
        assert_eq!(once, again);
    }

    async fn call_back(&mut self, n: usize) {
        let (account, amount) = (some_account(&mut self.dice), Amount::new(some(&mut self.dice, 80)).unwrap());
        let asker = self.tills[n].holder();
        let escrow = self.plain.escrow(account);
        for id in escrow.worth_recalling(amount, asker) {
            escrow.recall(id);
        }
        self.log.call_back(asker, account, amount).await.unwrap();
        let id = LeaseId::from_bytes([some_id(&mut self.dice); 16]);
        if self.plain.places.get(&id).is_none_or(|place| *place == account) {
            let told = self.plain.escrow(account).recall(id);
            self.plain.places.insert(id, account);
            assert_eq!(self.log.recall(id, account).await.unwrap().map(|recall| recall.holder), told);
        } else {
            assert_eq!(self.log.recall(id, account).await.unwrap(), None);
        }
    }

    async fn lose(&mut self, n: usize) {
        let device = self.tills[n].device;
        match self.dice.below(4) {
            0 if n == 1 => {
                self.log.revoke(device, NOW).await.unwrap();
                if !self.revoked[n] {
                    self.plain.change_live(|escrow| escrow.revoke(Lost::Device(device), NOW));
                }
                self.revoked[n] = true;
            }
            1 => {
                let log = self.tills[n].log;
                self.log.disk_read(log).await.unwrap();
                self.plain.change_live(|escrow| escrow.disk_read(log));
            }
            _ => {
                let id = LeaseId::from_bytes([some_id(&mut self.dice); 16]);
                let freed = Freed { word: Release::Manager, by: None, at: NOW + i64::try_from(self.dice.below(1 << 20)).unwrap() };
                let told = self.plain.places.get(&id).copied().map(|account| self.plain.escrow(account).release(id, freed.word));
                let released = self.log.release(id, freed).await;
                assert_eq!(released.ok(), told.and_then(Result::ok));
            }
        }
    }

    async fn compare(&mut self) {
        for (account, plain) in &self.plain.accounts {
            assert!(plain.adds_up());
            assert_eq!(&self.log.escrow(*account).await.unwrap(), plain, "{account:?}");
        }
        let breaches = self.log.breaches((0, 0), u32::MAX).await.unwrap();
        let told: Vec<_> = breaches
            .iter()
            .map(|breach| (breach.gseq, breach.no, breach.exception.what, breach.exception.amount, breach.exception.owed))
            .collect();
        assert_eq!(told, self.plain.breaches, "each breach once");
        let mut recalled: Vec<LeaseId> = Vec::new();
        for till in &self.tills {
            recalled.extend(self.log.recalls(till.log).await.unwrap().iter().map(|recall| recall.lease));
        }
        recalled.sort();
        let stages = self.plain.accounts.values().flat_map(Escrow::leases).filter(|(_, lease)| lease.stage == Stage::Recalled);
        let mut wanted: Vec<LeaseId> = stages.map(|(id, _)| id).collect();
        wanted.sort();
        assert_eq!(recalled, wanted);
    }

    /// What was lent moves nothing into an account and nothing out of it.
    async fn compare_with_the_sequence(&mut self) {
        let (mut rebuilt, mut after) = (Plain::default(), 0);
        loop {
            let frame = self.log.read(Ask { after, ..all() }).await.unwrap();
            for entry in &frame.entries {
                rebuilt.read(&entry.op.as_ref().unwrap().head, entry.store);
            }
            after = frame.upto;
            if after == frame.head {
                break;
            }
        }
        assert_eq!(rebuilt.head, self.plain.head);
        let comes_to = |escrow: &Escrow| escrow.balance() + escrow.lent() + escrow.lapsed();
        self.reached();
        for (account, escrow) in &rebuilt.accounts {
            let kept = self.log.escrow(*account).await.unwrap();
            assert_eq!((comes_to(&kept), kept.spent()), (comes_to(escrow), escrow.spent()), "{account:?}");
        }
    }

    /// A schedule that reaches nothing would agree with everything.
    fn reached(&self) {
        let leases: Vec<_> = self.plain.accounts.values().flat_map(Escrow::leases).map(|(_, lease)| *lease).collect();
        let denied: usize = self.plain.accounts.values().map(|escrow| escrow.denied().count()).sum();
        let count = |of: fn(&Lease) -> bool| leases.iter().filter(|lease| of(lease)).count();
        let reached = [
            leases.len(),
            denied,
            count(|lease| lease.spent > 0),
            count(|lease| (1..=5).contains(&lease.remaining())),
            count(|lease| matches!(lease.stage, Stage::Ended(Ending::Sealed))),
            count(|lease| matches!(lease.stage, Stage::Recalled | Stage::InDoubt { .. } | Stage::Released { .. })),
            self.plain.breaches.len(),
        ];
        assert!(reached.iter().all(|count| *count >= 2) && leases.len() >= 40, "{reached:?}");
    }
}
