//! What a program that started the server wants to know, as one line of JSON on stdout.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    pub ready: bool,
    /// Where tills are told to find the server.
    pub sync: String,
    /// The plain console on this machine, if there is one.
    pub console: Option<String>,
    /// SHA-256 of the certificate that codes pin, hex.
    pub fingerprint: String,
    /// Until there is an administrator.
    pub first_admin_code: Option<String>,
    /// The enrolment codes that were asked for, by store code.
    pub enrol: BTreeMap<String, String>,
}
