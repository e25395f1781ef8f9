use super::Promotion;
use crate::{error::Code, ids::RuleId};

pub fn check(_promotion: &Promotion) -> Result<(), Code> {
    Ok(())
}

pub fn check_set(_all: &[(RuleId, &Promotion)]) -> Result<(), (RuleId, RuleId, Code)> {
    Ok(())
}
