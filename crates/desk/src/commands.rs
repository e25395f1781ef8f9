//! Every command a screen can send, once: name, handler, request, reply, who may, and in which state of the node.
//!
//! The permission test, the dispatcher and the generated TypeScript all read this table; a command that is not here
//! does not exist, and one whose `who` or `state` does not hold is refused before its request is looked at.

use crate::{
    access::{Who, states::*},
    desk::table,
    front,
    rooms::{cart, hq, member, product, sale, session, status},
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
    "sync.now"             => front::elsewhere     (Nothing)        -> StatusView,       Anyone,                AT_TILL;

    // name                  handler               request          reply             who                    state
    "status.get"           => status::get          (Nothing)        -> StatusView,       Anyone,                ALL;
    "status.verify"        => status::verify       (Nothing)        -> VerifyReport,     Holder(Verify),        OPEN;

    "session.staff"        => session::staff       (Nothing)        -> StaffList,        Anyone,                AT_TILL;
    "session.sign_in"      => session::sign_in     (PinSignIn)      -> SessionView,      Anyone,                AT_TILL;
    "session.password"     => session::password    (PasswordSignIn) -> SessionView,      Anyone,                AT_HQ;
    "session.first_admin"  => session::first_admin (FirstAdmin)     -> SessionView,      Anyone,                AT_NEW_HQ;
    "session.sign_out"     => session::sign_out    (Nothing)        -> SessionView,      SignedIn,              OPEN;

    "product.search"       => product::search      (SearchText)     -> ProductHits,      Holder(Sell),          OPEN;

    "product.add"          => product::add         (ProductAdd)     -> ProductHit,       Holder(ManageGoods),   WRITING;

    "cart.get"             => cart::get            (Nothing)        -> CartView,         Holder(Sell),          SELLING;
    "cart.enter"           => cart::enter          (CartEnter)      -> CartEntered,      Holder(Sell),          SELLING;
    "cart.add"             => cart::add            (CartAdd)        -> CartView,         Holder(Sell),          SELLING;
    "cart.set_quantity"    => cart::set_quantity   (CartSetQuantity) -> CartView,        Holder(Sell),          SELLING;
    "cart.remove"          => cart::remove         (CartRemove)     -> CartView,         Holder(Sell),          SELLING;
    "cart.member"          => cart::member         (CartSetMember)  -> CartView,         Holder(Sell),          SELLING;
    "cart.clear"           => cart::clear          (Nothing)        -> CartView,         Holder(Sell),          SELLING;
    "cart.cash"            => cart::cash           (Nothing)        -> CashSuggestions,  Holder(Sell),          SELLING;

    "sale.pay"             => sale::pay            (Pay)            -> SaleView,         Holder(Sell),          SELLING;
    "sale.get"             => sale::get            (SaleGet)        -> SaleView,         Holder(SeeSales),      OPEN;
    "sale.today"           => sale::today          (TodayPage)      -> TodayView,        Holder(SeeSales),      AT_TILL;

    "member.search"        => member::search       (SearchText)     -> MemberHits,       Holder(FindMembers),   OPEN;
    "member.by_phone"      => member::by_phone     (MemberByPhone)  -> MemberCard,       Holder(FindMembers),   OPEN;
    "member.get"           => member::get          (MemberGet)      -> MemberPage,       Holder(FindMembers),   OPEN;
    "member.register"      => member::register     (MemberRegister) -> MemberRegistered, Holder(RegisterMembers), SELLING;
    "member.change"        => member::change       (MemberChange)   -> MemberPage,       Holder(ChangeMembers), SELLING;

    "hq.today"             => hq::today            (HqDay)          -> HqToday,          Holder(SeeChain),      AT_HQ;
    "hq.sales"             => hq::sales            (HqSales)        -> TodayView,        Holder(SeeChain),      AT_HQ;
    "hq.stores"            => hq::stores           (Nothing)        -> HqStores,         Holder(SeeChain),      AT_HQ;
    "hq.store_add"         => hq::store_add        (HqStoreAdd)     -> StoreView,        Holder(ManageStores),  AT_HQ;
    "hq.staff"             => hq::staff            (Nothing)        -> HqStaff,          Holder(ManageStaff),   AT_HQ;
    "hq.staff_add"         => hq::staff_add        (HqStaffAdd)     -> HqStaffAdded,     Holder(ManageStaff),   AT_HQ;
    "hq.devices"           => hq::devices          (Nothing)        -> HqDevices,        Holder(SeeChain),      AT_HQ;
    "hq.enrol"             => hq::enrol            (HqEnrol)        -> EnrolCode,        Holder(ManageDevices), AT_HQ;
    "hq.revoke"            => hq::revoke           (HqRevoke)       -> HqDevices,        Holder(ManageDevices), AT_HQ;
}
