//! First run: starting a chain, at a till or at a server. Run before a desk exists, so these take a replica.

use hefu_core::{
    access::Role,
    error::Code,
    ids::{ChainId, DeviceId, RuleId, StaffId},
    name,
    op::{ChainStarted, DeviceSet, Draft, StaffPerson, StaffSet},
    rules::{Rule, shipped},
    seal::PersonKey,
};
use hefu_replica::{By, Identity, Replica, Writing};

use super::hq::new_store;
use crate::{ErrorBody, secrets, wire::SetupStart};

/// What was typed to start a chain, read and found good.
pub struct Start {
    chain_name: String,
    store: hefu_core::op::StoreSet,
    manager_name: String,
    pin: String,
}

impl Start {
    /// Errors name the field: `name.invalid`, `store_code.invalid`, `pin.invalid`, `text.too_long`.
    pub fn read(request: &SetupStart, identity: &Identity) -> Result<Self, Code> {
        let chain_name = name::clean(&request.chain_name)?;
        let manager_name = name::clean(&request.manager_name)?;
        if chain_name.is_empty() || manager_name.is_empty() {
            return Err(Code::NameInvalid);
        }
        secrets::check_pin(&request.pin)?;
        let store = new_store(identity.store.ok_or(Code::Internal)?, &request.store_code, &request.store_name, "")?;
        Ok(Self { chain_name, store, manager_name, pin: request.pin.clone() })
    }
}

/// Writes the first facts of a chain that begins at this till: chain, store, till, manager and the shipped rules.
pub fn start_chain(replica: &Replica, start: &Start, now: i64, random: &dyn Fn(&mut [u8]) -> Result<(), Code>) -> Result<(), ErrorBody> {
    let bytes10 = || -> Result<[u8; 10], Code> { fill(random) };
    let manager = StaffId::new(now, bytes10()?);
    let key = PersonKey::new(fill(random)?);
    let phc = secrets::hash_secret(&start.pin, fill(random)?)?;
    let nonce = fill(random)?;
    let rules = rule_ids(now, random)?;
    replica.write(|book| {
        let by = By { who: None, at: now, ahead: 0 };
        chain(book, by, replica.chain(), &start.chain_name)?;
        book.append(by, &Draft::new(start.store.clone()))?;
        device(book, by, replica.identity())?;
        let set = StaffSet { staff: manager, store: Some(start.store.store), role: Role::Manager, active: true };
        let person = StaffPerson { name: start.manager_name.clone(), login: None };
        book.put_key(manager.0, &key)?;
        book.put_credential(manager, Some(start.store.store), phc, now)?;
        book.append(by, &Draft::new(set).with_sealed(&key, manager.0, nonce, &person)?)?;
        first_rules(book, by, rules)
    })?;
    Ok(())
}

/// Writes the first facts of a chain that begins at a server: chain, HQ node and the shipped rules.
pub fn hq_node(replica: &Replica, chain_name: &str, now: i64, random: &dyn Fn(&mut [u8]) -> Result<(), Code>) -> Result<(), ErrorBody> {
    let chain_name = name::clean(chain_name)?;
    if chain_name.is_empty() {
        return Err(Code::NameInvalid.into());
    }
    let rules = rule_ids(now, random)?;
    replica.write(|book| {
        let by = By { who: None, at: now, ahead: 0 };
        chain(book, by, replica.chain(), &chain_name)?;
        device(book, by, replica.identity())?;
        first_rules(book, by, rules)
    })?;
    Ok(())
}

fn fill<const N: usize>(random: &dyn Fn(&mut [u8]) -> Result<(), Code>) -> Result<[u8; N], Code> {
    let mut bytes = [0; N];
    random(&mut bytes)?;
    Ok(bytes)
}

/// A name for each of the shipped rules.
fn rule_ids(now: i64, random: &dyn Fn(&mut [u8]) -> Result<(), Code>) -> Result<Vec<RuleId>, Code> {
    shipped().iter().map(|_| Ok(RuleId::new(now, fill(random)?))).collect()
}

fn chain(book: &mut Writing<'_>, by: By, chain: ChainId, name: &str) -> Result<(), hefu_replica::Error> {
    book.append(by, &Draft::new(ChainStarted { chain, name: name.to_owned(), demo: false }))?;
    Ok(())
}

fn device(book: &mut Writing<'_>, by: By, identity: Identity) -> Result<(), hefu_replica::Error> {
    let device: DeviceId = identity.device;
    book.append(by, &Draft::new(DeviceSet { device, store: identity.store, till_no: identity.till_no }))?;
    Ok(())
}

/// In force from the beginning of time: a clock that was wrong at the founding delays nothing.
fn first_rules(book: &mut Writing<'_>, by: By, ids: Vec<RuleId>) -> Result<(), hefu_replica::Error> {
    for (rule, body) in ids.into_iter().zip(shipped()) {
        book.append(by, &Draft::new(Rule { rule, version: 1, valid_from: 0, body }))?;
    }
    Ok(())
}
