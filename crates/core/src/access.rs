//! Who may do what. Roles are data shipped with the program; a right that is not listed is denied (F1).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One thing a person may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    Sell,
    SeeSales,
    FindMembers,
    RegisterMembers,
    ChangeMembers,
    /// Names and phones of all members unmasked (B9); without it, of one's own alone.
    SeeMembersInFull,
    /// New goods and their prices.
    ManageGoods,
    Verify,
    /// Lets a till that its server has given up join anew; its book is set aside.
    RejoinTill,
    /// Another price or a discount by hand (A5); without it, with a manager's PIN on the spot.
    OverridePrice,
    /// Refunds and exchanges against a sale (A4).
    Refund,
    /// Refunds of goods that no sale is shown for.
    RefundWithoutReceipt,
    /// Opens and tops up stored-value cards, and blocks those that are reported lost (C3).
    ServeCards,
    /// Puts a card's money into another hand: to another member, found again, onto another card, or out of it in a sale in which
    /// the card was not shown; without it, with a manager's PIN on the spot.
    MoveCards,
    /// Pays a card out.
    RefundCards,
    /// Gives a coupon by hand (C4).
    IssueCoupons,
    /// Figures of all stores.
    SeeChain,
    /// Promotions, points, tiers, cards, coupons, tax: the rules of the chain (G3).
    ManageRules,
    /// Points by hand, expiry, tier reviews, bulk coupons.
    ManageRewards,
    ManageStores,
    ManageStaff,
    /// Takes on colleagues and sets PINs in one's own store, where the chain has no head office yet.
    ManageStoreStaff,
    ManageDevices,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sells; sees other people's members masked.
    Cashier,
    /// Serves members and sells.
    Assistant,
    /// Runs a store.
    Manager,
    /// Reads the chain's figures at HQ.
    Analyst,
    /// Runs the chain at HQ.
    Admin,
}

impl Role {
    pub const ALL: [Role; 5] = [Role::Cashier, Role::Assistant, Role::Manager, Role::Analyst, Role::Admin];

    /// What the role may do, in full.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Role::Cashier => &[Sell, SeeSales, FindMembers, RegisterMembers, Refund, ServeCards],
            Role::Assistant => &[Sell, SeeSales, FindMembers, RegisterMembers, ChangeMembers, Refund, ServeCards],
            Role::Manager => &[
                Sell,
                SeeSales,
                FindMembers,
                RegisterMembers,
                ChangeMembers,
                SeeMembersInFull,
                ManageGoods,
                Verify,
                RejoinTill,
                ManageStoreStaff,
                OverridePrice,
                Refund,
                RefundWithoutReceipt,
                ServeCards,
                MoveCards,
                RefundCards,
                IssueCoupons,
            ],
            Role::Analyst => &[SeeSales, FindMembers, SeeChain],
            Role::Admin => &[
                SeeSales,
                FindMembers,
                SeeMembersInFull,
                ManageGoods,
                Verify,
                RejoinTill,
                SeeChain,
                ManageStores,
                ManageStaff,
                ManageDevices,
                IssueCoupons,
                ManageRules,
                ManageRewards,
            ],
        }
    }

    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Roles that sign in at a till by PIN; the others sign in at HQ by password (F6).
    pub const fn at_till(self) -> bool {
        matches!(self, Role::Cashier | Role::Assistant | Role::Manager)
    }
}
