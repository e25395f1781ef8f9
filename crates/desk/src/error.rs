use std::collections::BTreeMap;

use hefu_core::error::Code;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a screen gets instead of a reply: a code to translate, and the figures its message names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ErrorBody {
    pub code: Code,
    pub args: BTreeMap<String, Arg>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Arg {
    Number(i64),
    Text(String),
}

impl ErrorBody {
    pub fn new(code: Code) -> Self {
        Self { code, args: BTreeMap::new() }
    }

    pub fn with_number(mut self, name: &str, value: i64) -> Self {
        self.args.insert(name.to_owned(), Arg::Number(value));
        self
    }

    pub fn with_text(mut self, name: &str, value: &str) -> Self {
        self.args.insert(name.to_owned(), Arg::Text(value.to_owned()));
        self
    }
}

impl From<Code> for ErrorBody {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<hefu_replica::Error> for ErrorBody {
    fn from(error: hefu_replica::Error) -> Self {
        let code = error.code();
        if code == Code::Internal || matches!(error, hefu_replica::Error::Sqlite(_) | hefu_replica::Error::Stored(_)) {
            tracing::error!(%code, %error, "the book refused");
        }
        Self::new(code)
    }
}
