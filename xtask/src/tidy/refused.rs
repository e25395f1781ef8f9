//! Every refusal about money is expected by a test: a code that none names could be given for anything, or for nothing.

use std::collections::BTreeSet;

use super::{Finding, messages::CODES, sources::Sources};

/// What stands before the dot of the codes that a till refuses money, goods or a member by.
const FAMILIES: &str = "amount quantity barcode product line cart sale tender refund reason approval coupon clock rule promotion tax \
                        price lease member card document buyer points multiplier redeem expiry tier";

pub fn check(sources: &Sources) -> Vec<Finding> {
    let table = sources.iter().find(|source| source.path == CODES);
    let codes: Vec<(&str, &str)> = table.iter().flat_map(|source| source.lines.iter()).filter_map(|line| entry(&line.code)).collect();
    let mut unmet: BTreeSet<_> = codes.into_iter().filter(|(_, text)| is_money(text)).collect();
    for source in sources.iter().filter(|source| source.path.starts_with("crates/") && source.ending() == "rs" && source.path != CODES) {
        for line in source.lines.iter().filter(|line| line.test) {
            unmet.retain(|(name, text)| !expects(&line.code, name, text));
        }
    }
    unmet.into_iter().map(|(_, text)| Finding::new(CODES, format!("no test expects `{text}`"))).collect()
}

/// `Name = "family.what"` of the table.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, text) = line.trim().split_once(" = \"")?;
    Some((name, text.strip_suffix('"')?))
}

fn is_money(text: &str) -> bool {
    text.split_once('.').is_some_and(|(family, _)| FAMILIES.split(' ').any(|each| each == family))
}

/// Whether the line names the code as a whole word, or writes its text.
fn expects(line: &str, name: &str, text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let named = line.match_indices(name).any(|(at, _)| !line[..at].ends_with(is_part) && !line[at + name.len()..].starts_with(is_part));
    named || line.contains(&format!("\"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_expected_by_its_name_or_its_text() {
        for (line, expect) in [
            ("check(amount, Err(Code::CardLost));", true),
            ("(\"lost\", CardLost),", true),
            ("assert_eq!(view[\"why_not\"], \"card.lost\");", true),
            ("Err(Code::CardLostAgain)", false),
            ("Err(Code::GiftCardLost)", false),
            ("\"card.lost_again\"", false),
        ] {
            assert_eq!(expects(line, "CardLost", "card.lost"), expect, "{line}");
        }
        assert_eq!(entry("    CardLost = \"card.lost\""), Some(("CardLost", "card.lost")));
        assert_eq!(entry("    /// Lost."), None);
        assert!(is_money("card.lost") && !is_money("server.busy") && !is_money("internal"));
    }
}
