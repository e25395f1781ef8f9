//! What a Chinese name is searched by: itself, the given name, pinyin and its initials (B5), and how it is masked (B9).

use pinyin::ToPinyin;

use crate::{error::Code, phone::narrow};

/// The longest name kept, in characters.
pub const LONGEST: usize = 60;

/// Surnames whose reading is not the character's common one. Source: 《通用规范汉字表》 and the dictionaries' surname readings.
const SURNAME_READINGS: &[(char, &str)] = &[
    ('单', "shan"),
    ('曾', "zeng"),
    ('解', "xie"),
    ('仇', "qiu"),
    ('任', "ren"),
    ('区', "ou"),
    ('查', "zha"),
    ('朴', "piao"),
    ('尉', "wei"),
    ('盖', "ge"),
    ('乐', "yue"),
    ('翟', "zhai"),
    ('种', "chong"),
    ('覃', "qin"),
    ('冼', "xian"),
    ('缪', "miao"),
    ('员', "yun"),
    ('华', "hua"),
    ('折', "she"),
    ('黑', "he"),
    ('秘', "bi"),
    ('繁', "po"),
    ('洗', "xian"),
    ('召', "shao"),
    ('重', "chong"),
];

/// Surnames of two characters that are met in life.
const COMPOUND: &[&str] = &[
    "欧阳", "司马", "诸葛", "上官", "司徒", "夏侯", "东方", "皇甫", "尉迟", "公孙", "慕容", "长孙", "宇文", "令狐", "轩辕", "端木", "南宫",
    "独孤", "呼延", "闻人", "钟离", "申屠", "澹台", "濮阳", "赫连", "万俟",
];

/// Those of them whose characters are read as nowhere else. Source as above.
const COMPOUND_READINGS: &[(&str, [&str; 2])] =
    &[("尉迟", ["yu", "chi"]), ("长孙", ["zhang", "sun"]), ("澹台", ["tan", "tai"]), ("万俟", ["mo", "qi"])];

/// Keys a name is found by, all lower case and narrowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameKeys {
    pub name: String,
    /// The name without its surname: 小明 finds 王小明, 修 finds 欧阳修.
    pub given: String,
    /// All syllables run together: `wangxiaoming`.
    pub pinyin: String,
    /// `wxm`.
    pub initials: String,
}

/// A name as it is kept: trimmed, inner runs of space made one. Errors with `name.invalid` for control characters,
/// `text.too_long` past [`LONGEST`].
pub fn clean(text: &str) -> Result<String, Code> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > LONGEST {
        return Err(Code::TextTooLong);
    }
    if name.chars().any(char::is_control) {
        return Err(Code::NameInvalid);
    }
    Ok(name)
}

/// What a query or a name is compared as: narrowed, lower case, without spaces and what no key types.
pub fn fold(text: &str) -> String {
    text.chars().map(narrow).filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_lowercase).collect()
}

pub fn keys(name: &str) -> NameKeys {
    let folded = fold(name);
    let surname_chars = surname_len(&folded);
    let mut keys = NameKeys { given: folded.chars().skip(surname_chars).collect(), ..NameKeys::default() };
    for (place, c) in folded.chars().enumerate() {
        let surname = if place < surname_chars { surname_reading(&folded, surname_chars, place) } else { None };
        match surname.or_else(|| c.to_pinyin().map(|p| p.plain())) {
            Some(syllable) => {
                keys.pinyin.extend(syllable.chars().map(plain_u));
                keys.initials.extend(syllable.chars().next().map(plain_u));
            }
            None if c.is_alphanumeric() => {
                keys.pinyin.push(c);
                keys.initials.push(c);
            }
            None => {}
        }
    }
    keys.name = folded;
    keys
}

/// Characters of the surname: two where a known compound one has something behind it, else one.
fn surname_len(name: &str) -> usize {
    let compound = COMPOUND.iter().any(|surname| name.strip_prefix(surname).is_some_and(|given| !given.is_empty()));
    if compound { 2 } else { 1 }
}

/// How a character of a surname of so many is read there, where that is not how it is read everywhere.
fn surname_reading(name: &str, surname_chars: usize, place: usize) -> Option<&'static str> {
    if surname_chars == 2 {
        let (_, readings) = COMPOUND_READINGS.iter().find(|(surname, _)| name.starts_with(surname))?;
        return readings.get(place).copied();
    }
    let first = name.chars().next()?;
    SURNAME_READINGS.iter().find(|(surname, _)| *surname == first).map(|(_, reading)| *reading)
}

/// Keyboards have no ü: it is typed v.
fn plain_u(c: char) -> char {
    if c == 'ü' { 'v' } else { c }
}

/// `张**`, `欧阳*`; a single character keeps nothing but itself and a star (B9).
pub fn masked(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.is_empty() {
        return String::new();
    }
    let kept = surname_len(name);
    let stars = chars.len().saturating_sub(kept).clamp(1, 2);
    chars.iter().take(kept).chain(std::iter::repeat_n(&'*', stars)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_names() {
        for (name, given, pinyin, initials) in [
            ("王小明", "小明", "wangxiaoming", "wxm"),
            ("单雄信", "雄信", "shanxiongxin", "sxx"),
            ("吕蒙", "蒙", "lvmeng", "lm"),
            ("欧阳修", "修", "ouyangxiu", "oyx"),
            ("万俟兰", "兰", "moqilan", "mql"),
            ("澹台明月", "明月", "tantaimingyue", "ttmy"),
            ("尉迟恭", "恭", "yuchigong", "ycg"),
            ("尉健行", "健行", "weijianxing", "wjx"),
            ("长孙无忌", "无忌", "zhangsunwuji", "zswj"),
            ("呼延灼", "灼", "huyanzhuo", "hyz"),
            ("闻人语", "语", "wenrenyu", "wry"),
            ("钟离春", "春", "zhonglichun", "zlc"),
            ("申屠嘉", "嘉", "shentujia", "stj"),
            ("濮阳闿", "闿", "puyangkai", "pyk"),
            ("赫连勃勃", "勃勃", "helianbobo", "hlbb"),
            ("万俟", "俟", "wanqi", "wq"),
            ("Ｌｉ Lei", "ilei", "lilei", "lilei"),
            ("", "", "", ""),
        ] {
            let found = keys(name);
            assert_eq!((found.given.as_str(), found.pinyin.as_str(), found.initials.as_str()), (given, pinyin, initials), "{name}");
        }
    }

    #[test]
    fn masks_names() {
        for (name, expect) in [
            ("张三", "张*"),
            ("张小三", "张**"),
            ("欧阳修", "欧阳*"),
            ("欧阳", "欧*"),
            ("万俟兰", "万俟*"),
            ("王", "王*"),
            ("", ""),
            ("Alexander", "A**"),
        ] {
            assert_eq!(masked(name), expect);
        }
    }

    #[test]
    fn cleans_names() {
        assert_eq!(clean("  王  小明 ").unwrap(), "王 小明");
        assert_eq!(clean("a\u{0}b"), Err(Code::NameInvalid));
        assert_eq!(clean(&"王".repeat(61)), Err(Code::TextTooLong));
    }
}
