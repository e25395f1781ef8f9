//! Members come in.

use hefu_core::{ids::MemberId, phone::Phone};
use hefu_replica::Replica;
use serde_json::json;

use super::Act;
use crate::{
    breach::{Checked, Expect},
    dice::Dice,
    oracle::{Effects, Fact},
    world::World,
};

impl World {
    /// Somebody joins: for the first time, or as far as this book knows.
    pub(super) fn register(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        let elsewhere = if dice.permille(150) { self.registered_elsewhere(no, dice)? } else { None };
        let phone = elsewhere.unwrap_or_else(|| format!("138{:08}", self.acts));
        let request = json!({ "phone": phone, "name": "张小明", "sex": null, "birthday": null, "card_no": null });
        let known: Vec<MemberId> = self.seen(no)?.with_phone(&phone).into_iter().collect();
        if !known.is_empty() {
            return Ok(false);
        }
        let fact = |book: &Replica| Ok(Fact::Member { member: named(book, &phone)?, phone: phone.clone() });
        let act = Act { name: format!("member {phone} registers"), fact: &fact, effects: Effects::new() };
        self.perform(no, &act, |till| till.ask("member.register", &request))?;
        Ok(true)
    }

    /// The phone of somebody whom another book knows, and this one not.
    fn registered_elsewhere(&self, no: usize, dice: &mut Dice) -> Checked<Option<String>> {
        let phones: Vec<&String> = self
            .oracle
            .done
            .iter()
            .filter_map(|done| if let Fact::Member { phone, .. } = &done.fact { Some(phone) } else { None })
            .collect();
        let Some(phone) = dice.one_of(&phones) else { return Ok(None) };
        Ok(self.seen(no)?.with_phone(phone).is_empty().then(|| (*phone).clone()))
    }

    /// Another name: of two at once the later holds, everywhere.
    pub(super) fn change(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        let seen = self.seen(no)?;
        let members = seen.members();
        let Some((member, phone)) = dice.one_of(&members).copied() else { return Ok(false) };
        let all = seen.with_phone(phone);
        if all.len() > 1 || seen.is_frozen(&all) {
            return Ok(false);
        }
        let name = format!("张{}", dice.below(1000));
        let page = self.tills[no].ask("member.get", &json!({ "id": member, "after": null })).expected("member.get")?;
        if page["card"]["name"] == name.as_str() {
            return Ok(false);
        }
        let request = json!({ "id": member, "name": name, "sex": null, "birthday": null, "card_no": null });
        let act = Act { name: format!("member {member} is called {name}"), fact: &|_| Ok(Fact::Plain), effects: Effects::new() };
        self.perform(no, &act, |till| till.ask("member.change", &request))?;
        Ok(true)
    }
}

/// Who has that phone: here nobody else had it before.
fn named(book: &Replica, phone: &str) -> Checked<MemberId> {
    let phone = Phone::parse(phone).expected("a phone")?;
    let person = book.read(|book| book.person_by_phone(&phone)).expected("a person")?;
    Ok(person.expected("the new member")?.lead.id)
}
