use super::*;
use crate::{
    catalogue::Product,
    ids::{ProductId, RuleId, TenderId},
    promo::Used,
    quote::{Cart, Member, quote},
    refund::{Part, PartKind, Returned, Sold, SoldLine, Step, Worth, refund},
    rules::{Rule, RuleBody, shipped},
    settle::{CashRounding, Given, settle},
    tax::{TaxMode, TaxRule},
};
use proptest::prelude::*;

const STORE: StoreId = StoreId(uuid::Uuid::from_bytes([1; 16]));
const ELSEWHERE: StoreId = StoreId(uuid::Uuid::from_bytes([2; 16]));
const MEMBER: MemberId = MemberId(uuid::Uuid::from_bytes([3; 16]));
const CARD: CardId = CardId(uuid::Uuid::from_bytes([4; 16]));
const BANK: TenderId = TenderId(uuid::Uuid::from_bytes([5; 16]));
const SALE: SaleId = SaleId(uuid::Uuid::from_bytes([6; 16]));

fn counter(store: StoreId) -> Counter<'static> {
    Counter { store, store_code: "AA", device: DeviceId::from_bytes([8; 16]), till_no: 1, number: 7 }
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

/// What every account has in all.
fn balances(postings: &[Posting]) -> BTreeMap<(String, Unit), i64> {
    let mut sums = BTreeMap::new();
    for posting in postings {
        for (account, amount) in posting.legs() {
            *sums.entry((account.to_string(), posting.unit)).or_default() += amount;
        }
    }
    sums.retain(|_, amount| *amount != 0);
    sums
}

fn of(balances: &BTreeMap<(String, Unit), i64>, account: Account, unit: Unit) -> i64 {
    balances.get(&(account.to_string(), unit)).copied().unwrap_or(0)
}

/// Goods of these prices, paid by points, bank, card and cash as far as each goes, cash rounded to ten fen.
fn sold(prices: &[i64], points: i64, bank: i64, card: (i64, i64), tax: bool) -> (Sale, SaleDetail, Quote) {
    let items: Vec<CartItem> = prices
        .iter()
        .zip(1u32..)
        .map(|(price, no)| {
            let product = Product {
                product: ProductId::from_bytes([u8::try_from(no).unwrap(); 16]),
                name: "杯".into(),
                category: String::new(),
                unit: "只".into(),
                price_fen: fen(*price),
                brand: String::new(),
                tags: vec![],
                barcodes: vec![],
            };
            CartItem { no, product, barcode: String::new(), quantity_milli: 2_000, by_hand: None }
        })
        .collect();
    let added = RuleBody::Tax(TaxRule { mode: TaxMode::Added, default_bp: 1300, categories: BTreeMap::new() });
    let bodies = shipped().into_iter().chain(tax.then_some(added));
    let rules: Vec<Rule> = bodies.map(|body| Rule { rule: RuleId::from_bytes([1; 16]), version: 1, valid_from: 0, body }).collect();
    let rules = RulesInForce::at(&rules, 0);
    let member = Member::default();
    let used: BTreeMap<RuleId, Used> = BTreeMap::new();
    let cart = Cart {
        items: &items,
        coupons: &[],
        discount: None,
        member: Some(&member),
        store: STORE,
        at: 0,
        clock_frozen: false,
        used: &used,
        rules: &rules,
        held: false,
    };
    let quote = quote(&cart).unwrap();
    let mut left = quote.due_fen.get();
    let mut given = Vec::new();
    let mut part = |amount: i64| {
        let part = amount.min(left);
        left -= part;
        part
    };
    let (by_points, by_bank, by_card) = (part(points), part(bank), part(card.0 + card.1));
    if by_points > 0 {
        given.push(Given::Points { points: Points::new(by_points).unwrap(), value_fen: fen(by_points) });
    }
    if by_bank > 0 {
        given.push(Given::Named { tender: BANK, name: "银行卡".into(), amount_fen: fen(by_bank), reference: None });
    }
    if by_card > 0 {
        given.push(Given::Card { card: CARD, amount_fen: fen(by_card) });
    }
    if left > 0 {
        given.push(Given::Cash { given_fen: fen(left + 500) });
    }
    let settled = settle(quote.due_fen, &given, CashRounding { to_fen: fen(10) }).unwrap();
    let principal = by_card.min(card.0);
    let drawn = Drawn::from([(CARD, Draw { principal_fen: fen(principal), bonus_fen: fen(by_card - principal), approved_by: None })]);
    let points_earned = quote.points_earned(&cart, fen(by_points), fen(by_card - principal)).unwrap();
    let parts = SaleParts {
        sale: SALE,
        at: counter(STORE),
        member: Some(MEMBER),
        tier: None,
        items: &items,
        quote: &quote,
        rules: &rules,
        clock_frozen: false,
        used: &BTreeMap::new(),
        settled: &settled,
        drawn: &drawn,
        credit_from: &[],
        points_earned,
        gifts: &[],
    };
    let (sale, detail, said) = parts.sale().unwrap();
    assert!(said.is_empty(), "nothing was done by hand");
    (sale, detail, quote)
}

#[test]
fn a_sale_by_every_tender() {
    let (sale, detail, quote) = sold(&[5_003, 4_000], 1_000, 2_000, (3_000, 500), false);
    assert_eq!(quote.due_fen, fen(18_006));
    let found = balances(&sale.postings);
    let cash = 18_006 - 1_000 - 2_000 - 3_500 - 6;
    for (account, unit, amount) in [
        (Account::Cash(counter(STORE).device), Unit::Fen, cash),
        (Account::Tender(BANK), Unit::Fen, 2_000),
        (Account::CardPrincipal(CARD), Unit::Fen, -3_000),
        (Account::CardBonus(CARD), Unit::Fen, -500),
        (Account::CardsIssued, Unit::Fen, 3_500),
        (Account::Prepaid(STORE), Unit::Fen, 3_000),
        (Account::BonusGiven(STORE), Unit::Fen, 500),
        (Account::PointsGiven(STORE), Unit::Fen, 1_000),
        (Account::Rounding(STORE), Unit::Fen, 6),
        (Account::Turnover(STORE), Unit::Fen, -18_006),
        (Account::Refundable(SALE), Unit::Fen, 18_000),
        (Account::RefundRights, Unit::Fen, -18_000),
        // 180.06 less 10.00 by points and 5.00 by bonus.
        (Account::MemberPoints(MEMBER), Unit::Points, 165 - 1_000),
    ] {
        assert_eq!(of(&found, account, unit), amount, "{account}");
    }
    assert_eq!(sale.rounding_fen, fen(6));
    assert_eq!(Fen::sum(detail.tenders.iter().map(|tender| tender.amount().unwrap())).unwrap(), fen(18_000));
}

#[test]
fn refuses_what_is_no_sale() {
    let quote = Quote::default();
    let settled = settle(Fen::ZERO, &[], CashRounding::NONE).unwrap();
    let rules = RulesInForce::default();
    let (none, unused) = (Drawn::new(), BTreeMap::new());
    let mut parts = SaleParts {
        sale: SALE,
        at: counter(STORE),
        member: None,
        tier: None,
        items: &[],
        quote: &quote,
        rules: &rules,
        clock_frozen: false,
        used: &unused,
        settled: &settled,
        drawn: &none,
        credit_from: &[],
        points_earned: Points::ZERO,
        gifts: &[],
    };
    assert_eq!(parts.sale().map(drop), Err(Code::CartEmpty));
    let (_, _, quote) = sold(&[100], 0, 0, (0, 0), false);
    let short = settle(fen(200), &[], CashRounding::NONE).unwrap();
    let items = [CartItem {
        no: 1,
        product: Product {
            product: ProductId::from_bytes([1; 16]),
            name: "杯".into(),
            category: String::new(),
            unit: "只".into(),
            price_fen: fen(100),
            brand: String::new(),
            tags: vec![],
            barcodes: vec![],
        },
        barcode: String::new(),
        quantity_milli: 2_000,
        by_hand: None,
    }];
    (parts.quote, parts.settled, parts.items) = (&quote, &short, &items);
    assert_eq!(parts.sale().map(drop), Err(Code::TenderShort));
}

proptest! {
    /// I1, I16: every operation sums to zero, and a sale that comes back whole, in two steps at another store, leaves no
    /// account of the customer's, and none of the chain's but the goods, other than it was.
    #[test]
    fn what_comes_back_whole_leaves_nothing(
        prices in prop::collection::vec(0..30_000i64, 1..5),
        points in 0..5_000i64,
        bank in 0..5_000i64,
        card in (0..5_000i64, 0..2_000i64),
        tax in any::<bool>(),
        first_of in any::<prop::sample::Index>(),
        milli in 1..2_000i64,
    ) {
        let (sale, detail, quote) = sold(&prices, points, bank, card, tax);
        let mut postings = sale.postings.clone();
        let (parts, points_redeemed) = parts_of(&detail.tenders).unwrap();
        let lines = detail.lines.iter().map(|line| SoldLine {
            no: line.no,
            quantity_milli: line.quantity_milli,
            paid_fen: line.amount_fen.plus(line.added_tax_fen).unwrap(),
            rate_bp: 1300,
            coupons: vec![],
        });
        let sold = Sold {
            lines: lines.collect(),
            rounding_fen: sale.rounding_fen,
            parts,
            taxes: detail.taxes.clone(),
            points_earned: sale.points,
            points_redeemed,
        };
        let paid_fen = quote.due_fen.minus(sale.rounding_fen).unwrap();
        let first = u32::try_from(first_of.index(prices.len())).unwrap() + 1;
        let rest = detail.lines.iter().map(|line| (line.no, if line.no == first { line.quantity_milli - milli } else { line.quantity_milli }));
        let mut before = Returned::default();
        for (all_back, step) in [(false, Step { lines: vec![(first, milli)] }), (true, Step { lines: rest.collect() })] {
            let refunded = refund(&sold, &before, &step, Worth::Proportional).unwrap();
            let tenders = tenders_back(&refunded, points_redeemed);
            let refund = RefundParts {
                refund: RefundId::from_bytes([9; 16]),
                at: counter(ELSEWHERE),
                sale: SALE,
                member: Some(MEMBER),
                refunded: &refunded,
                tenders: &tenders,
                rounding_fen: sale.rounding_fen,
                paid_fen,
                all_back,
                gifts: &[],
                paid_back_fen: before.paid_back().unwrap(),
            };
            postings.extend(refund.refund().unwrap().postings);
            before.add(&refunded).unwrap();
        }
        let found = balances(&postings);
        prop_assert_eq!(found.values().sum::<i64>(), 0);
        for (account, unit) in [
            (Account::MemberPoints(MEMBER), Unit::Points),
            (Account::CardPrincipal(CARD), Unit::Fen),
            (Account::CardBonus(CARD), Unit::Fen),
            (Account::Refundable(SALE), Unit::Fen),
            (Account::Tender(BANK), Unit::Fen),
            (Account::Cash(counter(STORE).device), Unit::Fen),
        ] {
            prop_assert_eq!(of(&found, account, unit), 0, "{}", account);
        }
        for account in [Account::Tax, Account::Rounding, Account::Turnover] {
            let both = of(&found, account(STORE), Unit::Fen) + of(&found, account(ELSEWHERE), Unit::Fen);
            prop_assert_eq!(both, 0, "{}", account(STORE));
        }
    }
}

/// As a counter that pays cash parts in cash gives them back.
fn tenders_back(refunded: &Refunded, _: Points) -> Vec<Tender> {
    let mut tenders = Vec::new();
    let onto = |card, principal_fen, bonus_fen| Tender::Card { card, principal_fen, bonus_fen, settled_fen: Fen::ZERO, approved_by: None };
    for Part { kind, amount_fen, .. } in &refunded.parts {
        let amount_fen = *amount_fen;
        tenders.push(match kind {
            PartKind::Cash | PartKind::Credit => Tender::Cash { given_fen: Fen::ZERO, change_fen: amount_fen },
            PartKind::Named(tender) => Tender::Named { tender: *tender, name: String::new(), amount_fen, reference: None },
            PartKind::Points => Tender::Points { points: refunded.points_restored, amount_fen },
            PartKind::Principal(card) => onto(*card, amount_fen, Fen::ZERO),
            PartKind::Bonus(card) => onto(*card, Fen::ZERO, amount_fen),
        });
    }
    tenders
}
