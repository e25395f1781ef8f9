//! Stored-value cards (C3): what a card may hold and who may buy it, how a payment draws on it, what it is worth when
//! it is given back, and which of its states pay.
//!
//! Principal (what the customer paid) and bonus (what the house gave) are two balances that never mix. Money on a card
//! is the customer's: nothing here lets it lapse, an expired or lost card keeps it, and a refund is worked out by the
//! law's own rule with the figures beside it. The limits and periods are data ([`CardLaw`]), since they differ by city
//! and are amended.
//!
//! Sources, as cited below:
//! - **Measures 2012**: 单用途商业预付卡管理办法（试行）, Ministry of Commerce order 9 of 2012, in force 2012-11-01.
//! - **Interpretation 2025**: 最高人民法院关于审理预付式消费民事纠纷案件适用法律若干问题的解释, 法释〔2025〕4号, in force 2025-05-01.

mod booking;
mod kind;
mod law;
mod number;
mod refund;
mod spend;
mod state;
mod top_up;

use chrono::{Months, NaiveDate};

pub use booking::{CardRefundParts, Holding, PaidOutBy, TopUpParts, dated, reissued};
pub use kind::{CardType, FreeAmount, GiftParts, PARTS_MOST, Shown, SpendOrder, TopUpPlan};
pub use law::{CardLaw, CardLaws};
pub use number::CardNo;
pub use refund::{Article, Basis, CardFacts, CardRefund, Cause, Figures};
pub use spend::split;
pub use state::{CardEvent, CardState, Validity, usable, validity};
pub use top_up::{Buyer, Chosen, Credit, Held, Purchase, Wanted, top_up};

use crate::error::Code;

/// A business day `YYYY-MM-DD` to reckon with. Errors with `request.invalid`.
fn day(text: &str) -> Result<NaiveDate, Code> {
    if crate::time::is_day(text) { text.parse().map_err(|_| Code::RequestInvalid) } else { Err(Code::RequestInvalid) }
}

/// The same day so many months on, or that month's last (Civil Code, article 202). Errors with `request.invalid` past the calendar.
fn months_after(from: NaiveDate, months: u32) -> Result<NaiveDate, Code> {
    from.checked_add_months(Months::new(months)).ok_or(Code::RequestInvalid)
}
