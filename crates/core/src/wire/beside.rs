//! What travels beside the log and never in an operation: keys of persons, PINs and passwords (as Argon2id strings).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{
    ids::{StaffId, StoreId},
    seal::PersonKey,
};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "beside", rename_all = "snake_case")]
pub enum Beside {
    /// The key of a member's or a colleague's sealed data. The first one for a person stands.
    Key {
        person: Uuid,
        #[serde(serialize_with = "write_key", deserialize_with = "read_key")]
        key: PersonKey,
    },
    /// How a person signs in. The latest `set_at` stands; on a tie the greater text.
    Credential {
        staff: StaffId,
        /// Given to the devices of this store alone; `None` to HQ nodes alone.
        store: Option<StoreId>,
        /// Argon2id, PHC string.
        phc: String,
        set_at: i64,
    },
}

impl std::fmt::Debug for Beside {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Beside::Key { person, .. } => write!(f, "Key({person})"),
            Beside::Credential { staff, .. } => write!(f, "Credential({staff})"),
        }
    }
}

fn write_key<S: Serializer>(key: &PersonKey, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&URL_SAFE_NO_PAD.encode(key.as_bytes()))
}

fn read_key<'de, D: Deserializer<'de>>(from: D) -> Result<PersonKey, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(from)?;
    let bytes = URL_SAFE_NO_PAD.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(PersonKey::new).ok_or_else(|| serde::de::Error::custom("not a key"))
}
