//! Stored-value cards: opened, and money put onto them.

use hefu_core::{ids::CardId, posting::Account};
use serde_json::json;

use super::Act;
use crate::{
    breach::{Checked, Expect},
    dice::Dice,
    founding::{CARD_TYPE, TOP_UP_BONUS_FEN, TOP_UP_FEN, TOP_UP_PLAN},
    oracle::{Effects, Fact},
    world::World,
};

/// The law's limit of a registered card is 5,000 yuan.
const CARD_FEN_MOST: i64 = 400_000;

impl World {
    pub(super) fn open_card(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        let seen = self.seen(no)?;
        let members = seen.members();
        let Some((member, phone)) = dice.one_of(&members).copied() else { return Ok(false) };
        let all = seen.with_phone(phone);
        if all.len() > 1 || seen.is_frozen(&all) {
            return Ok(false);
        }
        let ids = self.tills[no].ask("card.ids", &json!({})).expected("card.ids")?;
        let card: CardId = serde_json::from_value(ids["card_id"].clone()).expected("a card's name")?;
        let request = json!({ "card_id": card, "type_id": CARD_TYPE, "member_id": member, "card_no": null });
        let fact = Fact::Card { card, member };
        let act = Act { name: format!("card {card} of {member}"), fact: &|_| Ok(fact.clone()), effects: Effects::new() };
        self.perform(no, &act, |till| till.ask("card.open", &request))?;
        Ok(true)
    }

    pub(super) fn top_up(&mut self, no: usize, dice: &mut Dice) -> Checked<bool> {
        let seen = self.seen(no)?;
        let cards: Vec<CardId> =
            seen.cards().into_iter().filter(|(_, member)| !seen.is_frozen(&seen.same_person(*member))).map(|(card, _)| card).collect();
        let Some(card) = dice.one_of(&cards).copied() else { return self.open_card(no, dice) };
        if seen.balance(&Account::CardPrincipal(card)) + seen.balance(&Account::CardBonus(card)) > CARD_FEN_MOST {
            return Ok(false);
        }
        let till = &self.tills[no];
        let ids = till.ask("card.ids", &json!({})).expected("card.ids")?;
        let tenders = [json!({ "kind": "cash", "given_fen": TOP_UP_FEN })];
        let request = json!({
            "top_up_id": ids["top_up_id"], "card_id": card, "plan": TOP_UP_PLAN, "amount_fen": null, "tenders": tenders, "buyer_id": null,
        });
        let effects = Effects::from([
            (Account::Cash(till.identity.device), TOP_UP_FEN),
            (Account::Prepaid(till.store), -TOP_UP_FEN),
            (Account::CardPrincipal(card), TOP_UP_FEN),
            (Account::CardBonus(card), TOP_UP_BONUS_FEN),
            (Account::CardsIssued, -TOP_UP_FEN - TOP_UP_BONUS_FEN),
        ]);
        let act = Act { name: format!("money onto card {card}"), fact: &|_| Ok(Fact::Plain), effects };
        self.perform(no, &act, |till| till.ask("card.top_up", &request))?;
        Ok(true)
    }
}
