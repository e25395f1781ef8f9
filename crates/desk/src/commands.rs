//! Every command a screen can send, once: name, handler, request, reply, who may, and in which state of the node.
//!
//! The permission test, the dispatcher and the generated TypeScript all read this table; a command that is not here
//! does not exist, and one whose `who` or `state` does not hold is refused before its request is looked at.

use crate::{
    access::{Who, states::*},
    desk::table,
    front,
    rooms::{
        buyer, card, cart, colleagues, coupon, hq, member, payment, product, refund, refused, rewards, rules, sale, session, shown, staff,
        statement, status,
    },
    wire::*,
};
use Who::{Anyone, Holder, SignedIn};
use hefu_core::access::Permission::*;

table! {
    // Answered by what stands before a desk, which asks `Desk::permit` first: they wait, or come before there is a book.
    // name                  handler               request          reply             who                    state
    "status.watch"         => front::elsewhere     (StatusWatch)    -> StatusView,       Anyone,                ALL;
    "setup.status"         => front::elsewhere     (Nothing)        -> SetupView,        Anyone,                ALL;
    "setup.start"          => front::elsewhere     (SetupStart)     -> SetupView,        Anyone,                NEW;
    "setup.join"           => front::elsewhere     (SetupJoin)      -> SetupView,        Anyone,                NEW;
    "setup.retry"          => front::elsewhere     (Nothing)        -> SetupView,        Anyone,                NEW;
    "setup.start_over"     => front::elsewhere     (Nothing)        -> SetupView,        Anyone,                NEW;
    "sync.rejoin"          => front::elsewhere     (SyncRejoin)     -> SetupView,        Holder(RejoinTill),    AT_TILL;
    "sync.now"             => front::elsewhere     (Nothing)        -> StatusView,       Anyone,                AT_TILL;

    // name                  handler               request          reply             who                    state
    "status.get"           => status::get          (Nothing)        -> StatusView,       Anyone,                ALL;
    "status.verify"        => status::verify       (Nothing)        -> VerifyReport,     Holder(Verify),        OPEN;

    "session.staff"        => session::at_till     (Nothing)        -> StaffList,        Anyone,                AT_TILL;
    "session.sign_in"      => session::sign_in     (PinSignIn)      -> SessionView,      Anyone,                AT_TILL;
    "session.password"     => session::password    (PasswordSignIn) -> SessionView,      Anyone,                AT_HQ;
    "session.first_admin"  => session::first_admin (FirstAdmin)     -> SessionView,      Anyone,                AT_NEW_HQ;
    "session.admin_code"   => session::admin_code  (FirstAdmin)     -> SessionView,      Anyone,                AT_HQ;
    "session.change_secret" => session::change_secret (ChangeSecret) -> SessionView,     SignedIn,              WRITING;
    "session.sign_out"     => session::sign_out    (Nothing)        -> SessionView,      SignedIn,              OPEN;

    // Where there is no head office: a till with a server answers `command.not_here`.
    "staff.add"            => colleagues::add      (StaffAdd)       -> StaffList,        Holder(ManageStoreStaff), SELLING;
    "staff.pin"            => colleagues::set_pin  (StaffPin)       -> StaffList,        Holder(ManageStoreStaff), SELLING;

    "product.search"       => product::search      (SearchText)     -> ProductHits,      Holder(SeeSales),      OPEN;

    "product.add"          => product::add         (ProductAdd)     -> ProductHit,       Holder(ManageGoods),   WRITING;

    "cart.get"             => cart::get            (Nothing)        -> CartView,         Holder(Sell),          SELLING;
    "cart.enter"           => cart::enter          (CartEnter)      -> CartEntered,      Holder(Sell),          SELLING;
    "cart.add"             => cart::add            (CartAdd)        -> CartView,         Holder(Sell),          SELLING;
    "cart.set_quantity"    => cart::set_quantity   (CartSetQuantity) -> CartView,        Holder(Sell),          SELLING;
    "cart.remove"          => cart::remove         (CartRemove)     -> CartView,         Holder(Sell),          SELLING;
    "cart.member"          => cart::member         (CartSetMember)  -> CartView,         Holder(Sell),          SELLING;
    "cart.clear"           => cart::clear          (Nothing)        -> CartView,         Holder(Sell),          SELLING;
    "cart.coupon"          => cart::coupon         (CartCouponAdd)  -> CartView,         Holder(Sell),          SELLING;
    "cart.coupon_remove"   => cart::coupon_remove  (CartCouponRemove) -> CartView,       Holder(Sell),          SELLING;
    "cart.price"           => cart::set_price      (CartPrice)      -> CartView,         Holder(Sell),          SELLING;
    "cart.discount"        => cart::discount       (CartDiscount)   -> CartView,         Holder(Sell),          SELLING;
    "cart.exchange"        => cart::exchange       (CartSetExchange) -> CartView,        Holder(Sell),          SELLING;

    "pay.suggest"          => payment::suggest     (PaySuggest)     -> PaySuggestions,   Holder(Sell),          SELLING;
    "pay.card"             => shown::show          (PayCard)        -> CardView,         Holder(Sell),          SELLING;
    "pay.preview"          => payment::preview     (PayPreview)     -> Settlement,       Holder(Sell),          SELLING;

    "sale.pay"             => sale::pay            (Pay)            -> SaleView,         Holder(Sell),          SELLING;
    "sale.get"             => sale::get            (SaleGet)        -> SaleView,         Holder(SeeSales),      OPEN;
    "sale.today"           => sale::today          (TodayPage)      -> TodayView,        Holder(SeeSales),      AT_TILL;

    "refund.find"          => refund::find         (RefundFind)     -> RefundFound,      Holder(SeeSales),      AT_TILL;
    "refund.start"         => refund::start        (RefundStart)    -> RefundView,       Holder(SeeSales),      SELLING;
    "refund.quote"         => refund::ask          (RefundAsk)      -> RefundQuote,      Holder(SeeSales),      SELLING;
    "refund.pay"           => refund::pay          (RefundPay)      -> RefundDone,       Holder(Sell),          SELLING;
    "refund.without_receipt" => refund::blind      (RefundBlind)    -> RefundDone,       Holder(Sell),          SELLING;
    "refund.get"           => refund::get          (RefundGet)      -> RefundDone,       Holder(SeeSales),      OPEN;

    "card.types"           => card::types          (Nothing)        -> CardTypes,        Holder(ServeCards),    SELLING;
    "card.ids"             => card::ids            (Nothing)        -> CardIds,          Holder(ServeCards),    SELLING;
    "card.find"            => card::find           (CardFind)       -> CardView,         Holder(ServeCards),    AT_TILL;
    "card.get"             => card::get            (CardGet)        -> CardView,         Holder(FindMembers),   OPEN;
    "card.of_member"       => card::of_member      (CardsOf)        -> CardList,         Holder(FindMembers),   OPEN;
    "card.history"         => card::history        (CardGet)        -> CardHistory,      Holder(ServeCards),    AT_TILL;
    "card.receipt"         => card::receipt_get    (CardReceiptGet) -> CardReceipt,      Holder(ServeCards),    AT_TILL;
    "card.open"            => card::open           (CardOpen)       -> CardView,         Holder(ServeCards),    SELLING;
    "card.top_up_preview"  => card::top_up_preview (TopUp)          -> TopUpPreview,     Holder(ServeCards),    SELLING;
    "card.top_up"          => card::top_up         (TopUp)          -> CardReceipt,      Holder(ServeCards),    SELLING;
    "card.change"          => card::change         (CardChange)     -> CardView,         Holder(ServeCards),    SELLING;
    "card.reissue"         => card::reissue        (CardReissue)    -> CardView,         Holder(ServeCards),    SELLING;
    "card.refund_quote"    => card::refund_quote   (CardRefundAsk)  -> CardRefundQuote,  Holder(ServeCards),    SELLING;
    "card.refund"          => card::refund         (CardRefundPay)  -> CardReceipt,      Holder(ServeCards),    SELLING;

    "buyer.record"         => buyer::record        (BuyerRecord)    -> BuyerView,        Holder(ServeCards),    SELLING;
    "buyer.find"           => buyer::find          (BuyerFind)      -> BuyerFound,       Holder(ServeCards),    AT_TILL;
    "buyer.get"            => buyer::get           (BuyerGet)       -> BuyerView,        Holder(SeeMembersInFull), OPEN;

    "coupon.of_member"     => coupon::of_member    (CouponsOf)      -> CouponList,       Holder(FindMembers),   OPEN;
    "coupon.find"          => coupon::find         (CouponFind)     -> CouponView,       Holder(Sell),          AT_TILL;
    "coupon.kinds"         => coupon::kinds        (Nothing)        -> CouponKinds,      Holder(IssueCoupons),  WRITING;
    "coupon.issue"         => coupon::issue        (CouponIssue)    -> CouponList,       Holder(IssueCoupons),  WRITING;

    "statement.points"     => statement::points    (MemberStatement) -> Statement,       Holder(FindMembers),   OPEN;
    "statement.card"       => statement::card      (CardStatement)  -> Statement,        Holder(FindMembers),   OPEN;
    "statement.drawer"     => statement::drawer    (DrawerStatement) -> DrawerDay,       Holder(SeeSales),      AT_TILL;
    "statement.stock"      => statement::stock     (StockStatement) -> Statement,        Holder(SeeSales),      OPEN;

    "member.search"        => member::search       (SearchText)     -> MemberHits,       Holder(FindMembers),   OPEN;
    "member.by_phone"      => member::by_phone     (MemberByPhone)  -> MemberCard,       Holder(FindMembers),   OPEN;
    "member.get"           => member::get          (MemberGet)      -> MemberPage,       Holder(FindMembers),   OPEN;
    "member.register"      => member::register     (MemberRegister) -> MemberRegistered, Holder(RegisterMembers), SELLING;
    "member.change"        => member::change       (MemberChange)   -> MemberPage,       Holder(ChangeMembers), SELLING;

    "hq.today"             => hq::today            (HqDay)          -> HqToday,          Holder(SeeChain),      AT_HQ;
    "hq.sales"             => hq::sales            (HqSales)        -> TodayView,        Holder(SeeChain),      AT_HQ;
    "hq.stores"            => hq::stores           (Nothing)        -> HqStores,         Holder(SeeChain),      AT_HQ;
    "hq.store_add"         => hq::store_add        (HqStoreAdd)     -> StoreView,        Holder(ManageStores),  AT_HQ;
    "hq.store_set"         => hq::store_set        (HqStoreSet)     -> StoreView,        Holder(ManageStores),  AT_HQ;
    "hq.staff"             => staff::list          (Nothing)        -> HqStaff,          Holder(ManageStaff),   AT_HQ;
    "hq.staff_add"         => staff::add           (HqStaffAdd)     -> HqStaffAdded,     Holder(ManageStaff),   AT_HQ;
    "hq.staff_set"         => staff::set           (HqStaffSet)     -> HqStaff,          Holder(ManageStaff),   AT_HQ;
    "hq.devices"           => hq::devices          (Nothing)        -> HqDevices,        Holder(SeeChain),      AT_HQ;
    "hq.refused"           => refused::list        (RefusedPage)    -> HqRefused,        Holder(SeeChain),      AT_HQ;
    "hq.enrol"             => hq::enrol            (HqEnrol)        -> EnrolCode,        Holder(ManageDevices), AT_HQ;
    "hq.product_set"       => product::set         (ProductSet)     -> ProductHit,       Holder(ManageGoods),   AT_HQ;
    "hq.rules"             => rules::list          (Nothing)        -> HqRules,          Holder(SeeChain),      AT_HQ;
    "hq.rule_preview"      => rules::preview       (RulePreview)    -> RulePreviewed,    Holder(ManageRules),   AT_HQ;
    "hq.rule_save"         => rules::save          (RuleSave)       -> RuleView,         Holder(ManageRules),   AT_HQ;
    "hq.coupon_batch"      => coupon::batch        (CouponBatch)    -> CouponBatches,    Holder(ManageRewards), AT_HQ;
    "hq.coupon_batches"    => coupon::batches      (Nothing)        -> CouponBatches,    Holder(SeeChain),      AT_HQ;
    "hq.coupon_batch_tell" => coupon::tell         (CouponBatchTell) -> CouponBatches,   Holder(ManageRewards), AT_HQ;
    "hq.coupon_codes"      => coupon::codes        (CouponBatchOf)  -> CouponCodes,      Holder(ManageRewards), AT_HQ;
    "hq.daily"             => rewards::last_runs   (Nothing)        -> HqDaily,          Holder(SeeChain),      AT_HQ;
    "hq.expire_points"     => rewards::expire      (HqExpiry)       -> HqExpired,        Holder(ManageRewards), AT_HQ;
    "hq.review_tiers"      => rewards::review      (HqReview)       -> HqReviewed,       Holder(ManageRewards), AT_HQ;
    "hq.bonus_parts"       => rewards::bonus_parts (HqBonusParts)   -> HqBonusPartsDone, Holder(ManageRewards), AT_HQ;
    "hq.adjust_points"     => rewards::adjust      (PointsAdjust)   -> MemberPage,       Holder(ManageRewards), AT_HQ;
    "hq.revoke"            => hq::revoke           (HqRevoke)       -> HqDevices,        Holder(ManageDevices), AT_HQ;
}
