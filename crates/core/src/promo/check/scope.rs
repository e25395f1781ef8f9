//! What can be said of goods by their lists alone. Which category, brand and tags a product has is the catalogue's affair and
//! changes; so an answer of "yes" here holds whatever the catalogue says, and where it would matter the answer is "no".

use std::{collections::HashSet, hash::Hash};

use super::{ENTRIES_MOST, PRODUCTS_MOST};
use crate::promo::Scope;

pub(super) fn is_short(scope: &Scope) -> bool {
    let products = [&scope.products, &scope.except_products];
    products.iter().all(|list| list.len() <= PRODUCTS_MOST) && lists(scope).iter().all(|list| list.len() <= ENTRIES_MOST)
}

pub(super) fn names(scope: &Scope) -> impl Iterator<Item = &String> {
    lists(scope).into_iter().flatten()
}

fn lists(scope: &Scope) -> [&Vec<String>; 4] {
    [&scope.categories, &scope.brands, &scope.tags, &scope.except_categories]
}

/// Whether everything it names is excepted again.
pub(super) fn is_empty(scope: &Scope) -> bool {
    let named = Named::of(scope);
    !takes_all(scope) && named.products.is_empty() && named.categories.is_empty() && scope.brands.is_empty() && scope.tags.is_empty()
}

/// Whether all goods of `inner` are goods of `outer`.
pub(super) fn within(inner: &Scope, outer: &Scope) -> bool {
    let named = Named::of(inner);
    let listed = || {
        !takes_all(inner)
            && all_in(named.products.iter().copied(), &outer.products)
            && all_in(named.categories.iter().copied(), &outer.categories)
            && all_in(&inner.brands, &outer.brands)
            && all_in(&inner.tags, &outer.tags)
    };
    (takes_all(outer) || listed()) && nothing_excepted(inner, &named, outer)
}

/// Whether no goods of `inner` are among those that `outer` excepts.
fn nothing_excepted(inner: &Scope, named: &Named<'_>, outer: &Scope) -> bool {
    let (products, categories): (HashSet<_>, HashSet<_>) =
        (inner.except_products.iter().collect(), inner.except_categories.iter().collect());
    let by_quality = takes_all(inner) || !inner.brands.is_empty() || !inner.tags.is_empty();
    let only_products = !by_quality && named.categories.is_empty();
    let only_categories = !by_quality && named.products.is_empty();
    let product_out = |product| products.contains(product) || (only_products && !named.products.contains(product));
    let category_out = |category| categories.contains(category) || (only_categories && !named.categories.contains(category));
    outer.except_products.iter().all(product_out) && outer.except_categories.iter().all(category_out)
}

/// What a scope names and does not except itself.
struct Named<'a> {
    products: HashSet<&'a crate::ids::ProductId>,
    categories: HashSet<&'a String>,
}

impl<'a> Named<'a> {
    fn of(scope: &'a Scope) -> Self {
        Self { products: less(&scope.products, &scope.except_products), categories: less(&scope.categories, &scope.except_categories) }
    }
}

fn less<'a, T: Eq + Hash>(list: &'a [T], except: &[T]) -> HashSet<&'a T> {
    let except: HashSet<&T> = except.iter().collect();
    list.iter().filter(|one| !except.contains(one)).collect()
}

fn all_in<'a, T: Eq + Hash + 'a>(some: impl IntoIterator<Item = &'a T>, of: &[T]) -> bool {
    let of: HashSet<&T> = of.iter().collect();
    some.into_iter().all(|one| of.contains(one))
}

fn takes_all(scope: &Scope) -> bool {
    scope.products.is_empty() && scope.categories.is_empty() && scope.brands.is_empty() && scope.tags.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ProductId;

    /// `p1 c饮料 b蓝 t新 -p2 -c烟`: product, category, brand, tag, and what is excepted.
    fn scope(text: &str) -> Scope {
        let mut scope = Scope::default();
        for word in text.split_whitespace() {
            let (except, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
            let (list, name) = word.split_at(1);
            match (list, except) {
                ("p", false) => scope.products.push(ProductId::from_bytes([name.parse().unwrap(); 16])),
                ("p", true) => scope.except_products.push(ProductId::from_bytes([name.parse().unwrap(); 16])),
                ("c", false) => scope.categories.push(name.to_owned()),
                ("c", true) => scope.except_categories.push(name.to_owned()),
                ("b", _) => scope.brands.push(name.to_owned()),
                _ => scope.tags.push(name.to_owned()),
            }
        }
        scope
    }

    #[test]
    fn one_within_the_other() {
        for (inner, outer, expect) in [
            ("", "", true),
            ("p1", "", true),
            ("", "p1", false),
            ("p1", "p2 p1", true),
            ("p1 p2", "p1", false),
            ("c酒", "c酒 b蓝", true),
            ("c酒 b蓝", "c酒", false),
            ("b蓝", "b蓝", true),
            ("t新", "t新 t旧", true),
            // Of a product named alone nothing else is known.
            ("p1", "c酒", false),
            // What the outer one excepts must be out of the inner one too.
            ("p1", "-p1", false),
            ("p1", "-p2", true),
            ("p1", "-c烟", false),
            ("p1 -c烟", "-c烟", true),
            ("c酒", "-c烟", true),
            ("c酒", "-c酒", false),
            ("c酒", "-p1", false),
            ("c酒 -p1", "-p1", true),
            ("b蓝", "-p1", false),
            ("b蓝", "-c酒", false),
            ("", "-p1", false),
            ("-p1 -p2", "-p1", true),
            ("p1 c酒", "p1 c酒 -p2", false),
            // What the inner one names and excepts is not of it.
            ("p1 p2 -p2", "p1", true),
            ("p1 p2 -p2", "p1 p2 -p2", true),
            ("c酒 c烟 -c烟", "c酒", true),
        ] {
            assert_eq!(within(&scope(inner), &scope(outer)), expect, "{inner:?} in {outer:?}");
        }
    }

    #[test]
    fn empty_when_all_is_excepted() {
        for (text, expect) in [
            ("", false),
            ("-p1", false),
            ("p1 -p1", true),
            ("p1 p2 -p1", false),
            ("c酒 -c酒", true),
            ("p1 c酒 -p1 -c酒", true),
            ("p1 c酒 -p1", false),
            ("p1 -c酒", false),
            ("p1 b蓝 -p1", false),
            ("p1 t新 -p1", false),
        ] {
            assert_eq!(is_empty(&scope(text)), expect, "{text:?}");
        }
    }
}
