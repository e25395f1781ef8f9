//! Open sessions: who is at which window, and the cart that lies on its counter.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hefu_core::{
    error::Code,
    ids::{CardId, CouponId, MemberId, RefundId, SaleId, StaffId},
    money::Fen,
    quote::{CartItem, HandDiscount},
};

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
    /// Stored-value cards whose number was given, or that somebody allowed without.
    pub cards_shown: BTreeSet<CardId>,
    /// Laid on it by the cashier; used where they help.
    pub coupons: Vec<CouponId>,
    pub discount: Option<HandDiscount>,
    /// Goods that come back with it.
    pub exchange: Option<Returning>,
    /// What the screen was told it comes to.
    pub shown: Option<Shown>,
}

/// The figures a cashier agrees to by paying: where they have become others since (a promotion has ended, a coupon was used or goods
/// were brought back at another till), the screen is drawn anew before anything is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub due_fen: Fen,
    /// Of an exchange: what comes back in all and in money, or why nothing does.
    pub back: Result<(Fen, Fen), Code>,
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

#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<SessionKey, Arc<Mutex<Session>>>>,
}

impl Sessions {
    pub fn get(&self, key: SessionKey) -> Option<Arc<Mutex<Session>>> {
        held(&self.open).get(&key).cloned()
    }

    pub fn put(&self, key: SessionKey, staff: StaffId, now: i64) {
        held(&self.open).insert(key, Arc::new(Mutex::new(Session { staff, last_used: now, cart: None })));
    }

    pub fn remove(&self, key: SessionKey) {
        held(&self.open).remove(&key);
    }

    /// A browser's name changes when someone signs in, so that a name known before is worth nothing.
    pub fn rename(&self, from: SessionKey, to: SessionKey) {
        let mut open = held(&self.open);
        if let Some(session) = open.remove(&from) {
            open.insert(to, session);
        }
    }

    /// Ends every session of a person but this one.
    pub fn end_others(&self, staff: StaffId, but: SessionKey) {
        held(&self.open).retain(|key, session| *key == but || held(session).staff != staff);
    }

    pub fn forget_idle(&self, before: i64) {
        held(&self.open).retain(|_, session| held(session).last_used >= before);
    }
}

pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
