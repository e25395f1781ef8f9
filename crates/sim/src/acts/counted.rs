//! What a sale and a refund do to accounts, counted by hand.

use hefu_core::{
    ids::{CardId, CouponId, DeviceId, MemberId, SaleId, StoreId},
    posting::Account,
};

use crate::{founding, oracle::Effects};

/// Where something is done.
#[derive(Clone, Copy)]
pub struct Place {
    pub device: DeviceId,
    pub store: StoreId,
}

/// How a sale was paid; whole yuan.
#[derive(Clone, Debug, Default)]
pub struct Paid {
    pub cash_fen: i64,
    pub points: i64,
    pub card: Option<(CardId, i64, i64)>,
    pub coupon: Option<CouponId>,
    pub member: Option<MemberId>,
}

impl Paid {
    /// A hundred points are a yuan.
    fn by_points_fen(&self) -> i64 {
        self.points
    }

    pub fn total_fen(&self) -> i64 {
        self.cash_fen + self.by_points_fen() + self.card.map_or(0, |(_, principal, bonus)| principal + bonus)
    }

    /// A point a yuan of what was paid neither with points nor with a gift.
    fn earned(&self) -> i64 {
        let earning = self.cash_fen + self.card.map_or(0, |(_, principal, _)| principal);
        if self.member.is_some() { earning / 100 } else { 0 }
    }

    /// What selling it does; with `sign` −1 what taking all of it back does.
    pub fn effects(&self, sale: SaleId, at: Place, lines: &[(usize, i64)], sign: i64) -> Effects {
        let mut effects = Effects::new();
        let mut put = |account, amount: i64| {
            if amount != 0 {
                *effects.entry(account).or_default() += sign * amount;
            }
        };
        let total = self.total_fen();
        put(Account::Cash(at.device), self.cash_fen);
        put(Account::Turnover(at.store), -total);
        put(Account::Refundable(sale), total);
        put(Account::RefundRights, -total);
        if let Some(member) = self.member {
            put(Account::MemberPoints(member), self.earned() - self.points);
            put(Account::PointsIssued, self.points - self.earned());
        }
        put(Account::PointsGiven(at.store), self.by_points_fen());
        if let Some((card, principal, bonus)) = self.card {
            put(Account::CardPrincipal(card), -principal);
            put(Account::CardBonus(card), -bonus);
            put(Account::CardsIssued, principal + bonus);
            put(Account::Prepaid(at.store), principal);
            put(Account::BonusGiven(at.store), bonus);
        }
        if let Some(coupon) = self.coupon {
            put(Account::Coupon(coupon), -1);
            put(Account::CouponsIssued, 1);
        }
        for (good, pieces) in lines {
            put(Account::Stock(at.store, founding::product(*good)), -pieces * 1_000);
            put(Account::StockOut(at.store), pieces * 1_000);
        }
        effects
    }
}

/// What goods cost together.
pub fn cost_fen(lines: &[(usize, i64)]) -> i64 {
    lines.iter().map(|(good, pieces)| founding::GOODS[*good].price_yuan * 100 * pieces).sum()
}
