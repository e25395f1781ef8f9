//! Members: found as one types, registered in seconds, shown as the person at the desk may see them (B2, B5, B6, B9).

use hefu_core::{
    access::Permission,
    error::Code,
    member::PersonChange,
    money::Fen,
    op::{Draft, MemberChanged, MemberRegistered},
    phone::Phone,
    points::Expiring,
    rules::{Level, Measure},
    seal::PersonKey,
    time::business_day,
};
use hefu_replica::{FoundBy as By, PersonRow, Reading, SaleRow, Standing};

use super::{
    buyer, card as cards, coupon, page,
    price::{Buyer, held},
    product::TEXT_MOST,
    rewards,
    sale::store_of,
    seen::{Seen, seen},
    store_view,
};
use crate::{
    Desk, ErrorBody,
    desk::Caller,
    wire::{
        FoundBy, MemberByPhone, MemberCard, MemberChange, MemberGet, MemberHit, MemberHits, MemberPage, MemberRegister,
        MemberRegistered as Registered, NextTier, PointsExpiring, SearchText, TierBy, TimelineItem,
    },
};

/// People on one screen.
const HITS: usize = 20;
/// Goods named on a line of the timeline.
const GOODS: u32 = 3;
/// Coupons on the page, and days on which points lapse.
const COUPONS: usize = 50;
const EXPIRING: usize = 3;
/// What lapses within so many days is worth a word to the member now.
const SOON_DAYS: i64 = 90;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// A member as every list and the cashier's screen show one. `tier` is the level held now, by name.
pub(crate) fn card(caller: &Caller, person: &PersonRow, standing: &Standing, tier: Option<&Level>) -> MemberCard {
    let Seen { name, phone, card_no, full, .. } = seen(caller, person);
    MemberCard {
        id: person.lead.id,
        name,
        phone,
        card_no,
        tier: tier.map(|level| level.name.clone()).unwrap_or_default(),
        points: standing.points,
        full,
    }
}

pub(crate) fn card_of(caller: &Caller, buyer: &Buyer) -> MemberCard {
    card(caller, &buyer.person, &buyer.standing, buyer.level())
}

pub(crate) fn search(desk: &Desk, caller: &Caller, request: SearchText) -> Result<MemberHits, ErrorBody> {
    if request.text.chars().count() > TEXT_MOST {
        return Err(Code::TextTooLong.into());
    }
    let moment = desk.moment(caller);
    // A number may be found whole or by its last four; by its beginning only of whom the caller sees in full.
    let own = caller.staff.as_ref().filter(|staff| !staff.role.may(Permission::SeeMembersInFull)).map(|staff| staff.id);
    let (found, rules) = desk.replica.read(|book| {
        let found = book.search_members(&request.text, HITS, own)?;
        let mut people = Vec::with_capacity(found.people.len());
        for (person, by) in found.people {
            let standing = book.standing(&person)?;
            people.push((person, by, standing));
        }
        Ok(((people, found.more), desk.rules.at(book, moment)?.0))
    })?;
    let (people, more) = found;
    let hits = people.into_iter().map(|(person, by, standing)| {
        let tier = held(&rules, &standing, moment).and_then(|held| held.level);
        Ok(MemberHit { member: card(caller, &person, &standing, tier), found_by: found_by(by) })
    });
    Ok(MemberHits { hits: hits.collect::<Result<_, ErrorBody>>()?, more })
}

const fn found_by(by: By) -> FoundBy {
    match by {
        By::Phone => FoundBy::Phone,
        By::Card => FoundBy::Card,
        By::LastFour => FoundBy::LastFour,
        By::PhonePrefix => FoundBy::PhonePrefix,
        By::CardPrefix => FoundBy::CardPrefix,
        By::Name => FoundBy::Name,
        By::GivenName => FoundBy::GivenName,
        By::Pinyin => FoundBy::Pinyin,
        By::Initials => FoundBy::Initials,
    }
}

pub(crate) fn by_phone(desk: &Desk, caller: &Caller, request: MemberByPhone) -> Result<MemberCard, ErrorBody> {
    let phone = Phone::parse(&request.phone)?;
    let moment = desk.moment(caller);
    let found = desk.replica.read(|book| match book.person_by_phone(&phone)? {
        Some(person) => {
            let standing = book.standing(&person)?;
            Ok(Some((person, standing, desk.rules.at(book, moment)?.0)))
        }
        None => Ok(None),
    })?;
    let (person, standing, rules) = found.ok_or(Code::MemberUnknown)?;
    let tier = held(&rules, &standing, moment).and_then(|held| held.level);
    Ok(card(caller, &person, &standing, tier))
}

pub(crate) fn get(desk: &Desk, caller: &Caller, request: MemberGet) -> Result<MemberPage, ErrorBody> {
    let before = page::read(request.after.as_deref())?;
    let moment = desk.moment(caller);
    let found = desk.replica.read(|book| {
        let Some(person) = book.person(request.id)? else { return Ok(None) };
        let standing = book.standing(&person)?;
        let sales = book.sales_of_person(&person, before, page::ROWS)?;
        let timeline = sales.iter().map(|sold| timeline_item(book, sold)).collect::<Result<Vec<_>, _>>()?;
        let joined = person.lead.joined_store.map(|id| store_of(book, Some(id))).transpose()?;
        let (rules, rule_book) = desk.rules.at(book, moment)?;
        let cards = cards::of_person(desk, caller, book, &person)?;
        let document = book.buyer_of_person(&person)?.map(|row| buyer::view(&row, false)).transpose()?;
        let coupons = coupon::waiting(desk, caller, book, &person, COUPONS)?;
        let members: Vec<_> = person.ids().collect();
        let expiring = rewards::expiries_at(book, &rule_book, &members, moment)?;
        Ok(Some((person, standing, timeline, page::next(&sales), joined, rules, (cards, document), coupons, expiring)))
    })?;
    let (person, standing, timeline, next, joined, rules, (cards, document), coupons, expiring) = found.ok_or(Code::MemberUnknown)?;
    let held = held(&rules, &standing, moment);
    let next_tier = held.as_ref().and_then(|held| held.next).zip(rules.tiers.as_ref()).map(|((level, missing), tiers)| NextTier {
        name: level.name.clone(),
        missing,
        by: match tiers.body.by {
            Measure::Spend => TierBy::Spend,
            Measure::Visits => TierBy::Visits,
            Measure::Growth { .. } => TierBy::Growth,
        },
    });
    let level = held.and_then(|held| held.level);
    let card = card(caller, &person, &standing, level);
    Ok(MemberPage {
        sex: person.lead.sex,
        birthday: seen(caller, &person).birthday,
        card,
        joined_at: person.lead.joined_at,
        joined_store: joined.map(store_view),
        visits: standing.visits,
        spend_fen: standing.spend,
        last_visit_at: standing.last_at,
        next_tier,
        services: level.map(|level| level.services.clone()).unwrap_or_default(),
        points_lapsed: expiring.expired,
        points_expiring: points_expiring(expiring, moment),
        cards,
        buyer: document,
        coupons,
        also: person.also.clone(),
        timeline,
        next,
    })
}

/// What lapses next, by the rule in force.
fn points_expiring(expiring: Expiring, at: i64) -> Vec<PointsExpiring> {
    let soon = business_day(at.saturating_add(SOON_DAYS * DAY_MS));
    let coming = expiring.coming.into_iter().take(EXPIRING);
    coming.map(|(day, points)| PointsExpiring { soon: day <= soon, day, points }).collect()
}

fn timeline_item(book: &Reading<'_>, sold: &SaleRow) -> Result<TimelineItem, hefu_replica::Error> {
    Ok(TimelineItem {
        sale_id: sold.id,
        receipt_no: sold.receipt_no.clone(),
        at: sold.at,
        store: store_view(store_of(book, sold.store)?),
        amount_fen: sold.total_fen,
        points: sold.points,
        goods: book.sale_goods(sold, GOODS)?,
        line_count: sold.line_count,
        refunded_fen: Fen::sum(book.refunds_of_sale(sold.id)?.into_iter().map(|refund| refund.total_fen))?,
    })
}

pub(crate) fn register(desk: &Desk, caller: &Caller, request: MemberRegister) -> Result<Registered, ErrorBody> {
    let phone = Phone::parse(&request.phone)?;
    let change = PersonChange::read(
        Some(phone.clone()),
        request.name.as_deref(),
        request.sex,
        request.birthday.as_deref(),
        request.card_no.as_deref(),
    )?;
    let id = desk.new_member_id(caller.now)?;
    let key = PersonKey::new(desk.random()?);
    let owner = caller.staff.as_ref().map(|staff| staff.id);
    let draft = Draft::new(MemberRegistered { member: id, owner }).with_sealed(&key, id.0, desk.random()?, &change)?;
    let (by, moment) = (desk.by(caller), desk.moment(caller));
    let created = desk.replica.write(|book| {
        if book.person_by_phone(&phone)?.is_some() {
            return Ok(false);
        }
        if let Some(card_no) = change.card_no.as_deref().filter(|card_no| !card_no.is_empty())
            && book.person_by_card(card_no)?.is_some()
        {
            return Err(Code::CardNoTaken.into());
        }
        book.put_key(id.0, &key)?;
        book.append(by, &draft)?;
        coupon::at_sign_up(desk, book, by, id, moment)?;
        Ok(true)
    })?;
    let member = by_phone(desk, caller, MemberByPhone { phone: request.phone })?;
    Ok(Registered { member, created })
}

pub(crate) fn change(desk: &Desk, caller: &Caller, request: MemberChange) -> Result<MemberPage, ErrorBody> {
    let change = PersonChange::read(None, request.name.as_deref(), request.sex, request.birthday.as_deref(), request.card_no.as_deref())?;
    let nonce = desk.random()?;
    let by = desk.by(caller);
    desk.replica.write(|book| {
        let person = book.person(request.id)?.ok_or(Code::MemberUnknown)?;
        // Nobody changes what he may not read.
        if !seen(caller, &person).full {
            return Err(Code::NotPermitted.into());
        }
        let id = person.lead.id;
        if book.person_is_frozen(&person)? {
            return Err(Code::MemberFrozen.into());
        }
        if let Some(card_no) = change.card_no.as_deref().filter(|card_no| !card_no.is_empty())
            && book.person_by_card(card_no)?.is_some_and(|other| other.lead.id != id)
        {
            return Err(Code::CardNoTaken.into());
        }
        let key = book.person_key(id.0)?.ok_or(Code::MemberUnknown)?;
        book.append(by, &Draft::new(MemberChanged { member: id }).with_sealed(&key, id.0, nonce, &change)?)?;
        Ok(())
    })?;
    get(desk, caller, MemberGet { id: request.id, after: None })
}
