//! Open sessions: who is at which window, and the cart that lies on its counter.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hefu_core::{
    error::Code,
    ids::{CardId, CouponId, MemberId, RefundId, SaleId, StaffId},
    money::Fen,
    quote::{CartItem, HandDiscount},
};

use crate::wire::SessionEnd;

/// Names one window or browser. Random, made by the edge that talks to it, and a secret of the two.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey(pub [u8; 32]);

/// An unpaid cart. It lives in memory: nothing is owed until it is paid.
#[derive(Clone)]
pub(crate) struct OpenCart {
    pub id: SaleId,
    pub revision: u64,
    pub items: Vec<CartItem>,
    pub next_no: u32,
    pub member: Option<MemberId>,
    /// The member was named by what only they can say: their whole phone number, or their card.
    pub member_said: bool,
    /// Stored-value cards whose number was given.
    pub cards_shown: BTreeSet<CardId>,
    /// Those that were not shown, and that somebody allowed all the same, until the cart is about something else: another member,
    /// goods taken off it, goods that come back.
    pub cards_allowed: BTreeMap<CardId, Allowed>,
    /// Laid on it by the cashier; used where they help.
    pub coupons: Vec<CouponId>,
    pub discount: Option<HandDiscount>,
    /// Goods that come back with it.
    pub exchange: Option<Returning>,
    /// What the screen was told it comes to.
    pub shown: Option<Shown>,
}

/// What a card that was not shown may pay, as it was allowed: for the cart as it was then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowed {
    /// `None` where it was the cashier's own right.
    pub by: Option<StaffId>,
    pub most_fen: Fen,
}

/// The figures a cashier agrees to by paying: where they have become others since (a promotion has ended, a coupon was used or goods
/// were brought back at another till), the screen is drawn anew before anything is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub due_fen: Fen,
    /// Of an exchange: what comes back in all and in money, or why nothing does.
    pub back: Result<(Fen, Fen), Code>,
}

impl Shown {
    /// What is left to pay once the goods that come back have paid their part.
    pub fn to_pay(self) -> Result<Fen, Code> {
        let (_, in_money) = self.back?;
        Ok(self.due_fen.minus(in_money)?.max(Fen::ZERO))
    }
}

/// The half of an exchange that gives goods back, allowed already.
#[derive(Clone)]
pub(crate) struct Returning {
    pub refund: RefundId,
    pub sale: SaleId,
    pub lines: Vec<(u32, i64)>,
    pub reason: String,
    pub approved_by: Option<StaffId>,
}

impl OpenCart {
    pub fn new(id: SaleId) -> Self {
        Self {
            id,
            revision: 0,
            items: Vec::new(),
            next_no: 1,
            member: None,
            member_said: false,
            cards_shown: BTreeSet::new(),
            cards_allowed: BTreeMap::new(),
            coupons: Vec::new(),
            discount: None,
            exchange: None,
            shown: None,
        }
    }
}

pub(crate) struct Session {
    pub staff: StaffId,
    /// Milliseconds since 1970 when it was last heard of.
    pub last_used: i64,
    pub cart: Option<OpenCart>,
}

/// A browser at HQ that was silent this long must sign in again. A till's window is locked by hand.
pub(crate) const HQ_IDLE_MS: i64 = 60 * 60_000;

/// How long a window is told why nobody is in any more.
const END_KEPT_MS: i64 = 24 * 60 * 60_000;

#[derive(Default)]
pub(crate) struct Sessions {
    windows: Mutex<Windows>,
}

/// A window is in one of the two, or nobody was ever in there since this process began.
#[derive(Default)]
struct Windows {
    open: HashMap<SessionKey, Arc<Mutex<Session>>>,
    /// Why and when the last session of a window ended.
    ended: HashMap<SessionKey, (SessionEnd, i64)>,
}

impl Windows {
    fn end(&mut self, key: SessionKey, why: SessionEnd, now: i64) {
        if self.open.remove(&key).is_some() {
            self.ended.retain(|_, (_, at)| *at >= now.saturating_sub(END_KEPT_MS));
            self.ended.insert(key, (why, now));
        }
    }

    fn end_all(&mut self, which: impl Fn(SessionKey, &Session) -> bool, why: SessionEnd, now: i64) {
        let keys: Vec<SessionKey> = self.open.iter().filter(|(key, session)| which(**key, &held(session))).map(|(key, _)| *key).collect();
        for key in keys {
            self.end(key, why, now);
        }
    }
}

impl Sessions {
    pub fn get(&self, key: SessionKey) -> Option<Arc<Mutex<Session>>> {
        held(&self.windows).open.get(&key).cloned()
    }

    /// Why nobody is in at a window that had somebody; `None` where somebody is, or nobody ever was.
    pub fn ended(&self, key: SessionKey) -> Option<SessionEnd> {
        held(&self.windows).ended.get(&key).map(|(why, _)| *why)
    }

    pub fn put(&self, key: SessionKey, staff: StaffId, now: i64) {
        let mut windows = held(&self.windows);
        windows.ended.remove(&key);
        windows.open.insert(key, Arc::new(Mutex::new(Session { staff, last_used: now, cart: None })));
    }

    pub fn end(&self, key: SessionKey, why: SessionEnd, now: i64) {
        held(&self.windows).end(key, why, now);
    }

    /// A browser's name changes when someone signs in, so that a name known before is worth nothing.
    pub fn rename(&self, from: SessionKey, to: SessionKey) {
        let mut windows = held(&self.windows);
        windows.ended.remove(&from);
        if let Some(session) = windows.open.remove(&from) {
            windows.open.insert(to, session);
        }
    }

    /// Ends every session of a person but this one: how they sign in has changed.
    pub fn end_others(&self, staff: StaffId, but: SessionKey, now: i64) {
        let others = |key, session: &Session| key != but && session.staff == staff;
        held(&self.windows).end_all(others, SessionEnd::SecretChanged, now);
    }

    pub fn end_idle(&self, before: i64, now: i64) {
        held(&self.windows).end_all(|_, session| session.last_used < before, SessionEnd::Idle, now);
    }
}

pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
