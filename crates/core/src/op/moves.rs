//! Between which accounts a kind of operation may move value (F6). A device says what it pleases in a head; what is none of these
//! moves is nobody's to say. So a till that somebody else has taken over makes no money out of a card's loss, fills no card that nothing
//! was paid for, and gives no right to refunds of another sale. Points it can still give: how many a sale earns is no matter of moves.
//!
//! Accounts of a store or a drawer are those of the device that writes; head office may speak of every store's. What moves on cards
//! moves at the counter too: sums that belong together are [`Pairs`].

use super::{Body, CardRefunded, CardToppedUp, Refund, Sale, Stamp};
use crate::{
    ids::{CouponId, DeviceId, StoreId},
    posting::{Account, Posting, Unit},
};

/// A move by the families of its accounts.
type Move = (Family, Family);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    PointsIssued,
    CardsIssued,
    CouponsIssued,
    RefundRights,
    Cash,
    Turnover,
    MemberPoints,
    Tender,
    Prepaid,
    CardPrincipal,
    CardBonus,
    BonusGiven,
    PointsGiven,
    Rounding,
    Tax,
    Coupon,
    Refundable,
    Exchange,
    Stock,
    StockOut,
}

use Family::*;

/// Goods for money: turnover into whatever paid.
const SALE: &[Move] = &[
    (Turnover, Cash),
    (Turnover, Tender),
    (Turnover, Exchange),
    (Turnover, PointsGiven),
    (Turnover, Prepaid),
    (Turnover, BonusGiven),
    (Turnover, Rounding),
    (Tax, Turnover),
    (MemberPoints, PointsIssued),
    (PointsIssued, MemberPoints),
    (CardPrincipal, CardsIssued),
    (CardBonus, CardsIssued),
    (Coupon, CouponsIssued),
    (RefundRights, Refundable),
];

/// The same, backwards.
const REFUND: &[Move] = &[
    (Cash, Turnover),
    (Tender, Turnover),
    (Exchange, Turnover),
    (PointsGiven, Turnover),
    (Prepaid, Turnover),
    (BonusGiven, Turnover),
    (Rounding, Turnover),
    (Turnover, Tax),
    (PointsIssued, MemberPoints),
    (MemberPoints, PointsIssued),
    (CardsIssued, CardPrincipal),
    (CardsIssued, CardBonus),
    (CouponsIssued, Coupon),
    (Coupon, CouponsIssued),
    (Refundable, RefundRights),
];

/// Goods that no sale is shown for are paid out in cash, and nothing else.
const BLIND_REFUND: &[Move] = &[(Cash, Turnover)];

const TOP_UP: &[Move] = &[(Prepaid, Cash), (Prepaid, Tender), (CardsIssued, CardPrincipal), (CardsIssued, CardBonus)];

const BONUS_DUE: &[Move] = &[(CardsIssued, CardBonus)];

const REISSUE: &[Move] = &[(CardPrincipal, CardPrincipal), (CardBonus, CardBonus)];

/// A card that owes is brought to nothing from the other side: see [`is_emptied`].
const CARD_REFUND: &[Move] = &[
    (CardPrincipal, CardsIssued),
    (CardsIssued, CardPrincipal),
    (CardBonus, CardsIssued),
    (CardsIssued, CardBonus),
    (Cash, Prepaid),
    (Tender, Prepaid),
    (Cash, BonusGiven),
    (Tender, BonusGiven),
    (Turnover, Prepaid),
];

const COUPONS: &[Move] = &[(CouponsIssued, Coupon)];

const LAPSE: &[Move] = &[(MemberPoints, PointsIssued)];

const ADJUST: &[Move] = &[(MemberPoints, PointsIssued), (PointsIssued, MemberPoints)];

/// Sums of moves that are the same, of whatever accounts.
type Pairs = &'static [(Move, Move)];

/// What a card gives is what the counter was paid by it.
const BY_CARD: Pairs = &[((CardPrincipal, CardsIssued), (Turnover, Prepaid)), ((CardBonus, CardsIssued), (Turnover, BonusGiven))];

/// What comes back onto a card the counter gave back.
const BACK_ON_CARD: Pairs = &[((CardsIssued, CardPrincipal), (Prepaid, Turnover)), ((CardsIssued, CardBonus), (BonusGiven, Turnover))];

impl Body {
    /// Whether every movement is one that this kind makes, and of accounts of the store and the drawer in `own`; of any where that is
    /// none.
    pub fn may_move(&self, own: Option<&Stamp>) -> bool {
        let all = |postings: &[Posting], moves: &[Move]| postings.iter().all(|posting| is_one_of(posting, moves, own));
        match self {
            Body::Sale(sale) => all(&sale.postings, SALE) && is_whole(sale),
            Body::Refund(refund) => all(&refund.postings, back(refund)) && is_back(refund),
            Body::Exchange(exchange) => {
                let (sale, refund) = (&exchange.sale, &exchange.refund);
                let sold = all(&sale.postings, SALE) && is_whole(sale);
                sold && all(&refund.postings, back(refund)) && is_back(refund)
            }
            Body::CardToppedUp(top_up) => all(&top_up.postings, TOP_UP) && is_paid(top_up),
            Body::CardBonusDue(due) => all(&due.postings, BONUS_DUE),
            Body::CardReissued(reissued) => all(&reissued.postings, REISSUE),
            Body::CardRefunded(refunded) => all(&refunded.postings, CARD_REFUND) && is_emptied(refunded),
            Body::PointsExpired(expired) => all(&expired.postings, LAPSE),
            Body::PointsAdjusted(adjusted) => all(&adjusted.postings, ADJUST),
            Body::CouponsIssued(issued) => issued.postings().is_ok_and(|postings| all(&postings, COUPONS)),
            Body::ChainStarted(_)
            | Body::StoreSet(_)
            | Body::DeviceSet(_)
            | Body::DeviceRevoked(_)
            | Body::StaffSet(_)
            | Body::ProductSet(_)
            | Body::RuleSet(_)
            | Body::MemberRegistered(_)
            | Body::MemberChanged(_)
            | Body::BuyerRecorded(_)
            | Body::CardOpened(_)
            | Body::CardChanged(_)
            | Body::BatchClosed(_)
            | Body::TierReviewed(_)
            | Body::LeaseSealed(_)
            | Body::Unknown => true,
        }
    }
}

const fn back(refund: &Refund) -> &'static [Move] {
    if refund.sale.is_some() { REFUND } else { BLIND_REFUND }
}

fn is_one_of(posting: &Posting, moves: &[Move], own: Option<&Stamp>) -> bool {
    let [(from, from_unit, from_at), (to, to_unit, to_at)] = [posting.from, posting.to].map(|account| family(&account));
    let here = |place: Option<Place>| match (place, own) {
        (None, _) | (_, None) => true,
        (Some(Place::Store(store)), Some(own)) => own.store == Some(store),
        (Some(Place::Drawer(device)), Some(own)) => own.device == device,
    };
    from_unit == posting.unit && to_unit == posting.unit && here(from_at) && here(to_at) && moves.contains(&(from, to))
}

/// Whether a sale takes from cards what they paid, and gives a right to its own refunds alone.
fn is_whole(sale: &Sale) -> bool {
    let own = |account: &Account| !matches!(account, Account::Refundable(id) if *id != sale.sale);
    are_pairs(&sale.postings, BY_CARD) && sale.postings.iter().all(|posting| own(&posting.from) && own(&posting.to))
}

/// Whether a refund gives cards what the counter gave back, and takes the coupons of the sales it names, each once and no other.
fn is_back(refund: &Refund) -> bool {
    let taken = refund.postings.iter().map(Posting::legs).filter_map(|[(from, _), (_, amount)]| match from {
        Account::Coupon(coupon) => Some((coupon, amount)),
        _ => None,
    });
    let mut taken: Vec<(CouponId, i64)> = taken.collect();
    let mut named: Vec<(CouponId, i64)> = refund.gifts.iter().map(|gift| (gift.coupon(), 1)).collect();
    taken.sort_unstable();
    named.sort_unstable();
    are_pairs(&refund.postings, BACK_ON_CARD) && taken == named && named.is_sorted_by(|one, next| one < next)
}

/// Whether what comes onto the card was paid for, and onto that card alone.
fn is_paid(top_up: &CardToppedUp) -> bool {
    let paid = sum(&top_up.postings, (Prepaid, Cash)) + sum(&top_up.postings, (Prepaid, Tender));
    let own = |account: &Account| match account {
        Account::CardPrincipal(card) | Account::CardBonus(card) => *card == top_up.card,
        _ => true,
    };
    sum(&top_up.postings, (CardsIssued, CardPrincipal)) <= paid && top_up.postings.iter().all(|posting| own(&posting.to))
}

/// Whether a card that is given back leaves no card with more than there was. What one half owes the other may pay, principal
/// never out of bonus, and what was prepaid gives up no more than the principal that left.
fn is_emptied(refunded: &CardRefunded) -> bool {
    let moved = |of| sum(&refunded.postings, of);
    let principal = moved((CardPrincipal, CardsIssued)) - moved((CardsIssued, CardPrincipal));
    let bonus = moved((CardBonus, CardsIssued)) - moved((CardsIssued, CardBonus));
    let prepaid = moved((Cash, Prepaid)) + moved((Tender, Prepaid)) + moved((Turnover, Prepaid));
    principal >= 0 && principal + bonus >= 0 && prepaid <= principal
}

fn are_pairs(postings: &[Posting], pairs: Pairs) -> bool {
    pairs.iter().all(|(one, other)| sum(postings, *one) == sum(postings, *other))
}

fn sum(postings: &[Posting], of: Move) -> i128 {
    let is_of = |posting: &&Posting| (family(&posting.from).0, family(&posting.to).0) == of;
    postings.iter().filter(is_of).map(|posting| i128::from(posting.legs()[1].1)).sum()
}

/// Whose an account is that belongs to a place.
#[derive(Clone, Copy)]
enum Place {
    Store(StoreId),
    Drawer(DeviceId),
}

fn family(account: &Account) -> (Family, Unit, Option<Place>) {
    let store = |id: &StoreId| Some(Place::Store(*id));
    match account {
        Account::PointsIssued => (PointsIssued, Unit::Points, None),
        Account::CardsIssued => (CardsIssued, Unit::Fen, None),
        Account::CouponsIssued => (CouponsIssued, Unit::Coupons, None),
        Account::RefundRights => (RefundRights, Unit::Fen, None),
        Account::Cash(device) => (Cash, Unit::Fen, Some(Place::Drawer(*device))),
        Account::Turnover(id) => (Turnover, Unit::Fen, store(id)),
        Account::MemberPoints(_) => (MemberPoints, Unit::Points, None),
        Account::Tender(_) => (Tender, Unit::Fen, None),
        Account::Prepaid(id) => (Prepaid, Unit::Fen, store(id)),
        Account::CardPrincipal(_) => (CardPrincipal, Unit::Fen, None),
        Account::CardBonus(_) => (CardBonus, Unit::Fen, None),
        Account::BonusGiven(id) => (BonusGiven, Unit::Fen, store(id)),
        Account::PointsGiven(id) => (PointsGiven, Unit::Fen, store(id)),
        Account::Rounding(id) => (Rounding, Unit::Fen, store(id)),
        Account::Tax(id) => (Tax, Unit::Fen, store(id)),
        Account::Coupon(_) => (Coupon, Unit::Coupons, None),
        Account::Refundable(_) => (Refundable, Unit::Fen, None),
        Account::Exchange(id) => (Exchange, Unit::Fen, store(id)),
        Account::Stock(id, _) => (Stock, Unit::Milli, store(id)),
        Account::StockOut(id) => (StockOut, Unit::Milli, store(id)),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::{CardId, LogId, MemberId, SaleId, TenderId},
        op::{CardReissued, Head, PointsAdjusted},
    };

    const fn id(n: u8) -> Uuid {
        Uuid::from_bytes([n; 16])
    }

    fn stamp() -> Stamp {
        let (device, store) = (DeviceId(id(0xd0)), Some(StoreId(id(0x50))));
        Stamp { log: LogId(id(1)), seq: 1, device, store, who: None, at: 0, ahead: 0, day: "2026-05-29".to_owned() }
    }

    fn posting(from: Account, to: Account, unit: Unit) -> Posting {
        Posting::new(from, to, unit, 1).unwrap()
    }

    #[test]
    fn what_every_kind_was_held_to_write_is_its_own() {
        for line in include_str!("../../tests/golden/money.txt").lines() {
            let head = Head::read(line.as_bytes()).unwrap();
            assert!(Body::read(&head).unwrap().may_move(Some(&head.stamp)), "{}", head.kind);
        }
    }

    #[test]
    fn what_is_no_move_of_its_kind_is_refused() {
        let (store, other) = (StoreId(id(0x50)), StoreId(id(0x51)));
        let (card, points) = (Account::CardPrincipal(CardId(id(7))), Account::MemberPoints(MemberId(id(8))));
        let refundable = Account::Refundable(SaleId(id(9)));
        let (drawer, foreign) = (Account::Cash(DeviceId(id(0xd0))), Account::Cash(DeviceId(id(0xd1))));
        for (case, kinds, from, to, unit, allowed) in [
            ("a sale into the drawer", SALE, Account::Turnover(store), drawer, Unit::Fen, true),
            ("into another till's drawer", SALE, Account::Turnover(store), foreign, Unit::Fen, false),
            ("of another store", SALE, Account::Turnover(other), drawer, Unit::Fen, false),
            ("a sale that loads a card", SALE, Account::CardsIssued, card, Unit::Fen, false),
            ("a sale that gives points", SALE, Account::PointsIssued, points, Unit::Points, true),
            ("counted as money", SALE, Account::PointsIssued, points, Unit::Fen, false),
            ("points into money", SALE, points, drawer, Unit::Points, false),
            ("a refund that makes a right to refunds", REFUND, Account::RefundRights, refundable, Unit::Fen, false),
            ("a top-up by a tender", TOP_UP, Account::Prepaid(store), Account::Tender(TenderId(id(5))), Unit::Fen, true),
            ("a top-up that pays out", TOP_UP, drawer, Account::Prepaid(store), Unit::Fen, false),
            ("a top-up at another store", TOP_UP, Account::Prepaid(other), drawer, Unit::Fen, false),
            ("one card to another", REISSUE, card, Account::CardPrincipal(CardId(id(6))), Unit::Fen, true),
            ("given into paid", REISSUE, Account::CardBonus(CardId(id(6))), card, Unit::Fen, false),
            ("a card made of nothing", REISSUE, Account::CardsIssued, card, Unit::Fen, false),
        ] {
            assert_eq!(is_one_of(&posting(from, to, unit), kinds, Some(&stamp())), allowed, "{case}");
        }
        let elsewhere = posting(Account::Turnover(other), foreign, Unit::Fen);
        assert!(is_one_of(&elsewhere, SALE, None), "head office speaks of every store");
        assert!(!is_one_of(&elsewhere, REFUND, None), "and makes no other move of it");
    }

    /// A second reader goes by `docs/SYNC.md`.
    #[test]
    fn the_document_has_the_same_moves() {
        let name = |family: &Family| {
            let mut name = String::new();
            for letter in format!("{family:?}").chars() {
                if letter.is_ascii_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.push(letter.to_ascii_lowercase());
            }
            name
        };
        let text = include_str!("../../../../docs/SYNC.md");
        for (kind, moves) in [
            ("sale", SALE),
            ("refund", REFUND),
            ("card.topped_up", TOP_UP),
            ("card.bonus_due", BONUS_DUE),
            ("card.reissued", REISSUE),
            ("card.refunded", CARD_REFUND),
            ("coupons.issued", COUPONS),
            ("points.expired", LAPSE),
            ("points.adjusted", ADJUST),
        ] {
            let moves: Vec<String> = moves.iter().map(|(from, to)| format!("{}→{}", name(from), name(to))).collect();
            let row = format!("| `{kind}` | {} |", moves.join(", "));
            assert!(text.contains(&row), "SYNC.md wants this row:\n{row}");
        }
    }

    #[test]
    fn what_moves_on_a_card_moves_at_the_counter_too() {
        use crate::{
            ids::RuleId,
            op::{CardRefunded, CardToppedUp, GiftTaken, Refund, Sale},
        };
        let money = |file: &str, kind: &str| -> Body {
            let heads = file.lines().map(|line| Head::read(line.as_bytes()).unwrap());
            Body::read(&heads.into_iter().find(|head| head.kind == kind).unwrap()).unwrap()
        };
        let golden = |kind| money(include_str!("../../tests/golden/money.txt"), kind);
        let (store, drawer) = (StoreId(id(0x50)), Account::Cash(DeviceId(id(0xd0))));
        let (issued, card) = (Account::CardsIssued, CardId(id(7)));
        let fen = |from, to, amount| Posting::new(from, to, Unit::Fen, amount).unwrap();
        let Body::Sale(sale) = golden("sale") else { panic!() };
        let sold = |postings: Vec<Posting>| Body::from(Sale { postings, ..sale.clone() }).may_move(Some(&stamp()));
        let by_card = |taken, paid| {
            vec![fen(Account::CardPrincipal(card), issued, taken), fen(Account::Turnover(store), Account::Prepaid(store), paid)]
        };
        assert!(sold(by_card(500, 500)));
        assert!(!sold(by_card(499, 500)), "more than the card gave");
        assert!(!sold(vec![fen(Account::Turnover(store), Account::BonusGiven(store), 1)]), "a bonus of no card");
        let right = |of| vec![fen(Account::RefundRights, Account::Refundable(of), 1)];
        assert!(sold(right(sale.sale)));
        assert!(!sold(right(SaleId(id(0xee)))), "a right to refunds of another sale");
        let Body::Refund(refund) = golden("refund") else { panic!() };
        let back = |postings: Vec<Posting>| Body::from(Refund { postings, ..refund.clone() }).may_move(Some(&stamp()));
        let onto = |amount| fen(issued, Account::CardPrincipal(card), amount);
        assert!(back(vec![onto(500), fen(Account::Prepaid(store), Account::Turnover(store), 500)]));
        assert!(!back(vec![onto(500)]), "a card filled out of nothing");
        let blind = |postings: Vec<Posting>| Body::from(Refund { sale: None, postings, ..refund.clone() }).may_move(Some(&stamp()));
        assert!(blind(vec![fen(drawer, Account::Turnover(store), 500)]));
        let bound = [onto(500), fen(Account::Prepaid(store), Account::Turnover(store), 500)];
        assert!(!blind(bound.to_vec()), "a card filled by a refund of no sale");
        let Body::CardRefunded(refunded) = golden("card.refunded") else { panic!() };
        let emptied = |postings: Vec<Posting>| Body::from(CardRefunded { postings, ..refunded.clone() }).may_move(Some(&stamp()));
        let (other, bonus) = (Account::CardPrincipal(CardId(id(6))), Account::CardBonus(card));
        let (of, own) = (|account, amount| fen(account, issued, amount), Account::CardPrincipal(card));
        let out = |amount| fen(drawer, Account::Prepaid(store), amount);
        assert!(emptied(vec![of(own, 500), out(500)]));
        assert!(emptied(vec![of(own, 500), fen(issued, other, 20), out(480)]), "a card of the line that owes");
        assert!(emptied(vec![of(own, 500), fen(issued, bonus, 20), out(480)]), "bonus that is owed");
        assert!(!emptied(vec![onto(1)]), "a card filled out of nothing");
        assert!(!emptied(vec![of(bonus, 500), onto(500)]), "given into paid");
        assert!(!emptied(vec![of(own, 500), fen(issued, bonus, 501)]), "more than there was");
        assert!(!emptied(vec![of(own, 499), out(500)]), "paid out what nobody held");
        let gift = GiftTaken { sale: sale.sale, kind: RuleId(id(0x77)) };
        let taking = |gifts: &[GiftTaken], taken: &[(CouponId, i64)]| {
            let post =
                |(coupon, n): &(CouponId, i64)| Posting::new(Account::Coupon(*coupon), Account::CouponsIssued, Unit::Coupons, *n).unwrap();
            let (gifts, postings) = (gifts.to_vec(), taken.iter().map(post).collect());
            Body::from(Refund { gifts, postings, ..refund.clone() }).may_move(Some(&stamp()))
        };
        let (own, other) = (gift.coupon(), CouponId(id(0xc1)));
        assert!(taking(&[gift], &[(own, 1)]));
        assert!(!taking(&[], &[(own, 1)]), "a coupon of a sale that is not named");
        assert!(!taking(&[gift], &[(other, 1)]), "a coupon that no sale gave");
        assert!(!taking(&[gift, gift], &[(own, 1), (own, 1)]), "twice");
        assert!(!taking(&[gift], &[(own, 2)]), "two of it");
        assert!(!taking(&[gift], &[]), "said, and not done");
        let Body::CardToppedUp(top_up) = golden("card.topped_up") else { panic!() };
        let filled = |postings: Vec<Posting>| Body::from(CardToppedUp { card, postings, ..top_up.clone() }).may_move(Some(&stamp()));
        let paid = |amount| fen(Account::Prepaid(store), drawer, amount);
        assert!(filled(vec![paid(500), onto(500)]));
        assert!(!filled(vec![paid(499), onto(500)]), "more than was paid");
        let other = fen(issued, Account::CardBonus(CardId(id(6))), 1);
        assert!(!filled(vec![paid(500), onto(500), other]), "onto another card");
    }

    #[test]
    fn one_wrong_move_spoils_the_whole() {
        let points = Account::MemberPoints(MemberId(id(8)));
        let good = posting(Account::PointsIssued, points, Unit::Points);
        let adjusted = |postings| Body::from(PointsAdjusted { member: MemberId(id(8)), act: None, postings });
        assert!(adjusted(vec![good]).may_move(Some(&stamp())));
        let bad = posting(Account::CardsIssued, Account::CardBonus(CardId(id(7))), Unit::Fen);
        assert!(!adjusted(vec![good, bad]).may_move(Some(&stamp())));
        let moved = CardReissued { card: CardId(id(7)), to: CardId(id(6)), approved_by: None, postings: vec![bad] };
        assert!(!Body::from(moved).may_move(Some(&stamp())));
    }
}
