//! The cart as the search sees it: equal goods merged to items in an order of their own, and each item a few runs of like pieces.
//! A run is never unfolded, so that 99,999 pieces cost what one does.
//!
//! Amounts only ever fall and marks only ever grow on the way down the search; [`Pieces::undo`] goes back up.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{error::Code, ids::ProductId, money::Fen, promo::Goods};

/// Goods that no promotion can tell apart. Goods whose price was set by hand are not among them.
#[derive(Debug)]
pub struct Item {
    /// Places of the lines in the cart, the larger quantity first.
    pub lines: Vec<usize>,
    /// A line of goods by weight is one piece, whatever it weighs.
    pub weighed: bool,
    pub pieces: i64,
    pub amount: i64,
}

/// What decides whether two lines are of one item; the order of the items is its order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    product: ProductId,
    unit_price: Fen,
    category: &'a str,
    brand: &'a str,
    tags: &'a [String],
    /// Of lines by weight, and of lines that do not cost their pieces times the price: only like lines are of one item.
    alone: Option<(i64, Fen)>,
}

fn is_weighed(line: &Goods<'_>) -> bool {
    line.quantity_milli % 1000 != 0
}

/// Merges lines. Errors: `quantity.invalid` for a quantity that is not positive, `amount.invalid` for an amount below zero.
pub fn items(goods: &[Goods<'_>]) -> Result<Vec<Item>, Code> {
    let mut merged: BTreeMap<Key<'_>, Item> = BTreeMap::new();
    for (place, line) in goods.iter().enumerate() {
        if line.quantity_milli <= 0 {
            return Err(Code::QuantityInvalid);
        }
        if line.amount_fen < Fen::ZERO {
            return Err(Code::AmountInvalid);
        }
        if line.closed {
            continue;
        }
        let weighed = is_weighed(line);
        let pieces = if weighed { 1 } else { line.quantity_milli / 1000 };
        let plain = !weighed && line.unit_price_fen.get().checked_mul(pieces) == Some(line.amount_fen.get());
        let key = Key {
            product: line.product,
            unit_price: line.unit_price_fen,
            category: line.category,
            brand: line.brand,
            tags: line.tags,
            alone: (!plain).then_some((line.quantity_milli, line.amount_fen)),
        };
        let item = merged.entry(key).or_insert(Item { lines: Vec::new(), weighed, pieces: 0, amount: 0 });
        item.lines.push(place);
        item.pieces += pieces;
        item.amount += line.amount_fen.get();
    }
    let mut items: Vec<Item> = merged.into_values().collect();
    for item in &mut items {
        item.lines.sort_by_key(|place| (Reverse(goods[*place].quantity_milli), *place));
    }
    Ok(items)
}

/// A set of items, as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSet(Vec<u64>);

impl ItemSet {
    pub fn none(items: usize) -> Self {
        Self(vec![0; items.div_ceil(64)])
    }

    pub fn all(items: usize) -> Self {
        let mut set = Self::none(items);
        (0..items).for_each(|item| set.insert(item));
        set
    }

    pub fn insert(&mut self, item: usize) {
        self.0[item / 64] |= 1 << (item % 64);
    }

    pub fn has(&self, item: usize) -> bool {
        self.0[item / 64] & (1 << (item % 64)) != 0
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }

    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub fn common(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub fn none_like(other: &Self) -> Self {
        Self(vec![0; other.0.len()])
    }

    pub fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let rest = |word: &u64| Some(word & (word - 1)).filter(|word| *word != 0);
            std::iter::successors(Some(*word).filter(|word| *word != 0), rest).map(move |word| at * 64 + word.trailing_zeros() as usize)
        })
    }
}

/// Pieces of one item that cost the same and were taken by the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    pub count: i64,
    /// What each piece costs now.
    pub amount: i64,
    /// By whom they are taken: a bit for each group, and the two below.
    pub taken: u64,
}

/// Taken by something; only looked at by promotions that are exclusive.
pub const TOUCHED: u64 = 1;
/// Taken by a promotion that is exclusive.
pub const SHUT: u64 = 2;
/// The first of the bits of groups, and how many there are.
pub const FIRST_GROUP: u64 = 4;
pub const GROUPS_MOST: usize = 62;

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    len: usize,
}

/// All pieces of the cart. Runs are only ever appended: an item that changes gets a new span at the end, and going back is to
/// forget the end.
#[derive(Clone, Debug)]
pub struct Pieces {
    runs: Vec<Run>,
    spans: Vec<Span>,
    undo: Vec<(usize, Span)>,
    total: i64,
}

#[derive(Clone, Copy, Debug)]
pub struct Mark {
    runs: usize,
    undo: usize,
    total: i64,
}

/// So many pieces of a run, and what comes off each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub item: usize,
    /// Place in all runs.
    pub run: usize,
    pub count: i64,
    pub amount: i64,
    pub off: i64,
}

impl Pieces {
    pub fn of(items: &[Item]) -> Self {
        let mut pieces =
            Self { runs: Vec::with_capacity(4 * items.len()), spans: Vec::with_capacity(items.len()), undo: Vec::new(), total: 0 };
        for item in items {
            let start = pieces.runs.len();
            // An amount that is no whole multiple is spread over the pieces, the dearer ones first.
            let (each, over) = (item.amount / item.pieces, item.amount % item.pieces);
            for (count, amount) in [(over, each + 1), (item.pieces - over, each)] {
                if count > 0 {
                    pieces.runs.push(Run { count, amount, taken: 0 });
                }
            }
            pieces.spans.push(Span { start, len: pieces.runs.len() - start });
            pieces.total += item.amount;
        }
        pieces
    }

    pub fn total(&self) -> i64 {
        self.total
    }

    pub fn total_of(&self, items: &ItemSet) -> i64 {
        items.iter().flat_map(|item| self.runs(item)).map(|(_, run)| run.amount * run.count).sum()
    }

    /// The runs of an item with their places, the dearest first.
    pub fn runs(&self, item: usize) -> impl Iterator<Item = (usize, &Run)> {
        let span = self.spans[item];
        (span.start..).zip(&self.runs[span.start..span.start + span.len])
    }

    pub fn mark(&self) -> Mark {
        Mark { runs: self.runs.len(), undo: self.undo.len(), total: self.total }
    }

    pub fn undo(&mut self, mark: Mark) {
        while self.undo.len() > mark.undo {
            if let Some((item, span)) = self.undo.pop() {
                self.spans[item] = span;
            }
        }
        self.runs.truncate(mark.runs);
        self.total = mark.total;
    }

    /// Takes the pieces that were cut and lowers what they cost. `cuts` are of pieces that are there, sorted by item and run.
    pub fn take(&mut self, cuts: &[Cut], marks: u64) {
        for of_item in cuts.chunk_by(|a, b| a.item == b.item) {
            let Some(item) = of_item.first().map(|cut| cut.item) else { continue };
            let before = self.spans[item];
            let start = self.runs.len();
            let mut left = of_item;
            for place in before.start..before.start + before.len {
                let run = self.runs[place];
                let here = left.iter().take_while(|cut| cut.run == place).count();
                let (cuts, later) = left.split_at(here);
                left = later;
                let mut rest = run.count;
                for cut in cuts {
                    rest -= cut.count;
                    self.total -= cut.off * cut.count;
                    self.push(start, Run { count: cut.count, amount: run.amount - cut.off, taken: run.taken | marks });
                }
                self.push(start, Run { count: rest, ..run });
            }
            self.runs[start..].sort_unstable_by_key(|run| (Reverse(run.amount), run.taken));
            self.undo.push((item, before));
            self.spans[item] = Span { start, len: self.runs.len() - start };
        }
    }

    /// Adds to the runs from `start`, to a like one where there is one.
    fn push(&mut self, start: usize, run: Run) {
        if run.count == 0 {
            return;
        }
        match self.runs[start..].iter_mut().find(|like| like.amount == run.amount && like.taken == run.taken) {
            Some(like) => like.count += run.count,
            None => self.runs.push(run),
        }
    }
}
