//! The closed set of error codes. A screen translates the code; nobody parses a message.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal)*) => {
        /// What went wrong, for a person to read in their language. Every code has a message in each language, which
        /// says what happened, that nothing is lost, and what to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$name),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }
        }
    };
}

codes! {
    // What was entered.
    RequestInvalid = "request.invalid"
    CommandUnknown = "command.unknown"
    TextTooLong = "text.too_long"
    AmountInvalid = "amount.invalid"
    AmountTooLarge = "amount.too_large"
    QuantityInvalid = "quantity.invalid"
    PhoneInvalid = "phone.invalid"
    BirthdayInvalid = "birthday.invalid"
    NameInvalid = "name.invalid"
    CardNoInvalid = "card_no.invalid"
    CardNoTaken = "card_no.taken"
    StoreCodeInvalid = "store_code.invalid"
    StoreCodeTaken = "store_code.taken"
    PageUnknown = "page.unknown"

    // Goods and the cart.
    BarcodeUnknown = "barcode.unknown"
    /// Digits of the length of an EAN whose check digit is wrong: read badly or damaged.
    BarcodeDamaged = "barcode.damaged"
    BarcodeTaken = "barcode.taken"
    ProductUnknown = "product.unknown"
    NothingFound = "product.nothing_found"
    LineUnknown = "line.unknown"
    CartFull = "cart.full"
    CartEmpty = "cart.empty"
    /// The cart has moved on since the screen was drawn.
    CartChanged = "cart.changed"
    TenderShort = "tender.short"
    TenderNone = "tender.none"
    /// A tender other than cash of more than is left to pay.
    TenderOver = "tender.over"
    /// One card, or points, entered a second time in one sale.
    TenderTwice = "tender.twice"
    /// More than was sold, or than has not come back yet.
    RefundTooMuch = "refund.too_much"
    RefundNothing = "refund.nothing"
    /// This very refund was made before, alone or in an exchange.
    RefundDone = "refund.done"
    SaleUnknown = "sale.unknown"

    // Prices by hand, refunds.
    ReasonNeeded = "reason.needed"
    /// Someone with the right to it must allow it here and now.
    ApprovalNeeded = "approval.needed"
    ApprovalRefused = "approval.refused"
    TenderUnknown = "tender.unknown"
    /// Not the number of a payment: words, or somebody's phone number.
    ReferenceInvalid = "reference.invalid"
    RefundUnknown = "refund.unknown"
    /// Only the sale's head is here: its lines are at another store.
    RefundElsewhere = "refund.elsewhere"
    RefundTooOld = "refund.too_old"
    /// Without a receipt, more for a piece than its list price.
    RefundAboveList = "refund.above_list"
    /// Without a receipt, more in all than the chain pays out so.
    RefundAboveCap = "refund.above_cap"

    // Coupons.
    CouponUnknown = "coupon.unknown"
    CouponDamaged = "coupon.damaged"
    CouponUsed = "coupon.used"
    /// The purchase that it was given with came back.
    CouponTakenBack = "coupon.taken_back"
    CouponTwice = "coupon.twice"
    /// As many as a cart takes are on it.
    CouponTooMany = "coupon.too_many"
    CouponNotYours = "coupon.not_yours"
    CouponNotYet = "coupon.not_yet"
    CouponExpired = "coupon.expired"
    CouponKind = "coupon.kind"
    CouponValidity = "coupon.validity"
    /// Nobody counts how often coupons of one kind were used; how many there are is said where they are given.
    CouponCounted = "coupon.counted"
    CouponsEnough = "coupon.enough"
    /// What must be bought to be given one is nothing.
    CouponGiftLeast = "coupon.gift_least"
    /// No goods count towards it.
    CouponGiftGoods = "coupon.gift_goods"
    /// The clock is known to be wrong by more than a day: what depends on the time waits, sales go on.
    ClockFrozen = "clock.frozen"

    // Rules.
    RuleUnknown = "rule.unknown"
    RuleTooLong = "rule.too_long"
    /// A version does not begin in the past.
    RuleTooEarly = "rule.too_early"
    /// A version that begins so far ahead that it must be a slip in the year.
    RuleTooLate = "rule.too_late"
    /// It asks for tags of members, which nobody has yet: it would never apply.
    RuleMemberTags = "rule.member_tags"
    RuleMissing = "rule.missing"
    NameTaken = "name.taken"

    // Promotions (C5).
    /// No moment at which it would hold.
    PromotionEmptyWindow = "promotion.empty_window"
    PromotionDayInvalid = "promotion.day_invalid"
    PromotionHoursInvalid = "promotion.hours_invalid"
    /// What remains to be paid is a share from none to all of the price.
    PromotionShareInvalid = "promotion.share_invalid"
    PromotionNoEffect = "promotion.no_effect"
    PromotionStepsEmpty = "promotion.steps_empty"
    /// Some steps count money, others pieces.
    PromotionStepsMixed = "promotion.steps_mixed"
    PromotionStepsNotRising = "promotion.steps_not_rising"
    /// What repeats for every full threshold has one threshold.
    PromotionEachOneStep = "promotion.each_one_step"
    /// More off than must be spent for it.
    PromotionPaysOut = "promotion.pays_out"
    /// Would repeat without bound.
    PromotionNeverEnds = "promotion.never_ends"
    /// The N-th piece, of fewer than two.
    PromotionNthTooSmall = "promotion.nth_too_small"
    PromotionPartsEmpty = "promotion.parts_empty"
    PromotionPiecesNone = "promotion.pieces_none"
    /// Everything it names is excepted again.
    PromotionScopeEmpty = "promotion.scope_empty"
    /// Another one, live at the same time, does the very same.
    PromotionTwice = "promotion.twice"
    /// Two that give each other's goods for nothing.
    PromotionCircle = "promotion.circle"

    // Cards.
    CardUnknown = "card.unknown"
    CardTypeUnknown = "card.type_unknown"
    CardPlanUnknown = "card.plan_unknown"
    CardFrozen = "card.frozen"
    /// A printed card whose number another card bears already.
    CardNumberTaken = "card.number_taken"
    /// A registered card is opened for a member.
    CardMemberNeeded = "card.member_needed"

    // Leases.
    LeaseDenied = "lease.denied"
    LeaseSealed = "lease.sealed"
    LeaseTooLittle = "lease.too_little"
    /// Nobody has said that its till is lost, or not for long enough: it is still lent.
    LeaseNotInDoubt = "lease.not_in_doubt"
    /// What is given ahead is a share from a thousandth to all.
    LeaseShareInvalid = "lease.share_invalid"
    LeaseWaitInvalid = "lease.wait_invalid"

    // Members.
    MemberUnknown = "member.unknown"
    /// Its operations are of a newer kind than this program folds: cash sales go on without it.
    MemberFrozen = "member.frozen"

    // Stored-value cards (C3).
    /// Not the shape of a stored-value card's number at all.
    CardNumberInvalid = "card.number_invalid"
    /// Its check digit is wrong: mistyped, or read badly.
    CardNumberDamaged = "card.number_damaged"
    CardTooLittle = "card.too_little"
    CardNotOffered = "card.not_offered"
    CardLimitRegistered = "card.limit_registered"
    CardLimitAnonymous = "card.limit_anonymous"
    CardIdentityNeeded = "card.identity_needed"
    CardBankTransferNeeded = "card.bank_transfer_needed"
    /// Not the form of such a document, or its check character is wrong.
    DocumentInvalid = "document.invalid"
    /// A company buys by somebody, who shows a person's document.
    BuyerAgentNeeded = "buyer.agent_needed"
    /// Nobody is recorded so here, or nobody can read it any more.
    BuyerUnknown = "buyer.unknown"
    /// A rule that gives the customer less than the law does.
    CardLawTooWeak = "card.law_too_weak"
    CardCoolingOver = "card.cooling_over"
    /// More was spent than was on it: what is owed is paid first.
    CardOwes = "card.owes"
    /// More is paid out than the law lets be paid in cash.
    CardAccountNeeded = "card.account_needed"
    CardLost = "card.lost"
    CardReplaced = "card.replaced"
    CardClosed = "card.closed"
    CardExpired = "card.expired"
    CardAnonymous = "card.anonymous"
    CardNotTransferable = "card.not_transferable"
    /// It was picked from a member's list: neither its number nor the member's was given in this cart.
    CardNotShown = "card.not_shown"

    // Points and tiers.
    PointsTooFew = "points.too_few"
    /// Not a multiple of what points are taken in.
    PointsStep = "points.step"
    /// More than the member has.
    PointsShort = "points.short"
    /// More than the share of the order that points may pay.
    PointsTooMany = "points.too_many"
    /// More a yuan than any chain gives.
    PointsRate = "points.rate"
    /// Points are taken for larger orders only.
    PointsOrderSmall = "points.order_small"
    MultiplierInvalid = "multiplier.invalid"
    MultiplierDayInvalid = "multiplier.day_invalid"
    MultiplierTooMany = "multiplier.too_many"
    RedeemInvalid = "redeem.invalid"
    /// A step of points is not worth a whole number of fen.
    RedeemStepUnround = "redeem.step_unround"
    ExpiryInvalid = "expiry.invalid"
    /// A rule is for a level that the tiers do not have.
    TierUnknown = "tier.unknown"
    /// Another rule is for a level that the tiers would lose.
    TierNamed = "tier.named"
    TierNotRising = "tier.not_rising"
    TierNameTwice = "tier.name_twice"
    TierPriceInvalid = "tier.price_invalid"
    TierPointsInvalid = "tier.points_invalid"
    TierWindowInvalid = "tier.window_invalid"
    TierGrowthInvalid = "tier.growth_invalid"

    // Who and where.
    PinWrong = "pin.wrong"
    PinInvalid = "pin.invalid"
    PasswordWrong = "password.wrong"
    PasswordWeak = "password.weak"
    LoginInvalid = "login.invalid"
    LoginTaken = "login.taken"
    SignInLocked = "sign_in.locked"
    SignInNeeded = "sign_in.needed"
    NotPermitted = "permission.denied"
    NotHere = "command.not_here"
    StaffUnknown = "staff.unknown"
    /// Without them nobody could run the chain.
    StaffLastAdmin = "staff.last_admin"
    StoreUnknown = "store.unknown"
    DeviceUnknown = "device.unknown"
    DeviceRevoked = "device.revoked"
    RoleInvalid = "role.invalid"
    FirstAdminCodeWrong = "first_admin.code_wrong"

    // Joining a chain.
    EnrolCodeMalformed = "enrol.malformed"
    EnrolCodeWrong = "enrol.wrong"
    EnrolCodeUsed = "enrol.used"
    EnrolCodeOld = "enrol.old"
    AlreadySetUp = "setup.already"
    SetupBusy = "setup.busy"
    /// A till whose server has not given it up keeps its book.
    RejoinNotNeeded = "rejoin.not_needed"
    /// More is on this disk alone than the person has seen.
    RejoinUnkept = "rejoin.unkept"

    // The other half.
    ServerUnreachable = "server.unreachable"
    ServerCertificate = "server.certificate"
    ServerRubbish = "server.rubbish"
    ServerOtherChain = "server.other_chain"
    ServerNewer = "server.newer"
    ServerBusy = "server.busy"
    /// The server's disk is full, or it may not write: what it was sent is still the sender's to keep.
    ServerCannotWrite = "server.cannot_write"
    SyncGap = "sync.gap"
    SyncFork = "sync.fork"
    /// A byte of an operation is not what its hash says.
    SyncDamaged = "sync.damaged"
    OperationTooLarge = "operation.too_large"

    // This machine.
    DiskFull = "disk.full"
    FolderReadOnly = "folder.read_only"
    DatabaseNewer = "database.newer"
    DatabaseInUse = "database.in_use"
    DatabaseKeyWrong = "database.key_wrong"
    DatabaseDamaged = "database.damaged"
    KeyStoreFailed = "key_store.failed"
    Internal = "internal"
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::error::Error for Code {}
