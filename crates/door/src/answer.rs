//! How a refusal looks in HTTP. The body says the code; the status is for whatever stands in between.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hefu_core::error::Code;
use hefu_desk::ErrorBody;

/// The status that goes with a code.
pub fn status(code: Code) -> StatusCode {
    match code {
        Code::SignInNeeded => StatusCode::UNAUTHORIZED,
        Code::NotPermitted | Code::DeviceRevoked => StatusCode::FORBIDDEN,
        Code::CommandUnknown
        | Code::PageUnknown
        | Code::BarcodeUnknown
        | Code::ProductUnknown
        | Code::NothingFound
        | Code::LineUnknown
        | Code::SaleUnknown
        | Code::MemberUnknown
        | Code::StaffUnknown
        | Code::StoreUnknown
        | Code::DeviceUnknown => StatusCode::NOT_FOUND,
        Code::NotHere
        | Code::CartChanged
        | Code::BarcodeTaken
        | Code::CardNoTaken
        | Code::StoreCodeTaken
        | Code::LoginTaken
        | Code::StaffLastAdmin
        | Code::AlreadySetUp
        | Code::SetupBusy
        | Code::MemberFrozen
        | Code::SyncGap
        | Code::SyncFork => StatusCode::CONFLICT,
        Code::SignInLocked => StatusCode::LOCKED,
        Code::ServerBusy => StatusCode::TOO_MANY_REQUESTS,
        Code::DiskFull | Code::ServerCannotWrite => StatusCode::INSUFFICIENT_STORAGE,
        Code::FolderReadOnly
        | Code::DatabaseNewer
        | Code::DatabaseInUse
        | Code::DatabaseKeyWrong
        | Code::DatabaseDamaged
        | Code::KeyStoreFailed
        | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

pub(crate) struct Refusal(pub ErrorBody);

impl<E: Into<ErrorBody>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (status(self.0.code), [(header::CACHE_CONTROL, "no-store")], Json(self.0)).into_response()
    }
}
