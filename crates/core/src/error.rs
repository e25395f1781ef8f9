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
    SaleUnknown = "sale.unknown"

    // Members.
    MemberUnknown = "member.unknown"
    /// Its operations are of a newer kind than this program folds: cash sales go on without it.
    MemberFrozen = "member.frozen"

    // Points and tiers.
    PointsTooFew = "points.too_few"
    /// Not a multiple of what points are taken in.
    PointsStep = "points.step"
    /// More than the member has.
    PointsShort = "points.short"
    /// More than the share of the order that points may pay.
    PointsTooMany = "points.too_many"
    /// Points are taken for larger orders only.
    PointsOrderSmall = "points.order_small"
    MultiplierInvalid = "multiplier.invalid"
    MultiplierDayInvalid = "multiplier.day_invalid"
    MultiplierTooMany = "multiplier.too_many"
    RedeemInvalid = "redeem.invalid"
    /// A step of points is not worth a whole number of fen.
    RedeemStepUnround = "redeem.step_unround"
    ExpiryInvalid = "expiry.invalid"
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

    // The other half.
    ServerUnreachable = "server.unreachable"
    ServerCertificate = "server.certificate"
    ServerRubbish = "server.rubbish"
    ServerOtherChain = "server.other_chain"
    ServerNewer = "server.newer"
    ServerBusy = "server.busy"
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
