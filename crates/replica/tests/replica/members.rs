//! Finding members as one types (B5): what finds them, in which order, and what must not confuse it.

use hefu_core::{ids::MemberId, member::PersonChange, phone::Phone};
use hefu_fixtures::QueryKind;
use hefu_replica::{FoundBy, Replica};
use tempfile::TempDir;

use crate::common::{NOW, Rng, book, by, demo_book, person, register};

struct Shop {
    _folder: TempDir,
    replica: Replica,
    members: Vec<MemberId>,
}

fn shop() -> Shop {
    let (folder, replica) = book();
    let mut rng = Rng(11);
    let with_card = |change: PersonChange, card: &str| PersonChange { card_no: Some(card.to_owned()), ..change };
    let people = [
        person("王小明", "13812341234"),
        person("欧阳修", "13900001234"),
        person("单雄信", "15012344321"),
        with_card(person("Ｌｉ Lei", "18800000001"), "88001234"),
        person("吕蒙", "18800000002"),
        with_card(PersonChange { phone: Phone::parse("18800000003").ok(), ..PersonChange::default() }, "VIP138"),
        person("王_%", "18800000004"),
        person("李'\"*", "18800000005"),
        PersonChange::default(),
        with_card(person("明月", "17700001381"), "1381"),
        person("西安", "18800000006"),
    ];
    let members = people.iter().map(|change| register(&replica, &mut rng, by(NOW), change)).collect();
    Shop { _folder: folder, replica, members }
}

#[test]
fn finds_by_each_kind_in_the_stated_order() {
    use FoundBy::*;
    let shop = shop();
    for (text, expect) in [
        ("13812341234", &[(0, Phone)][..]),
        ("+86 138-1234-1234", &[(0, Phone)]),
        ("１３８１２３４１２３４", &[(0, Phone)]),
        ("1234", &[(0, LastFour), (1, LastFour)]),
        ("１２３４", &[(0, LastFour), (1, LastFour)]),
        ("138", &[(0, PhonePrefix), (9, CardPrefix)]),
        ("138 1234", &[(0, PhonePrefix)]),
        ("138-1234", &[(0, PhonePrefix)]),
        // A card, the last four of a phone, the beginning of another: in that order, each person once.
        ("1381", &[(9, Card), (0, PhonePrefix)]),
        ("88001234", &[(3, Card)]),
        ("88", &[(3, CardPrefix)]),
        ("vip138", &[(5, Card)]),
        ("vip", &[(5, CardPrefix)]),
        ("王", &[(6, Name), (0, Name)]),
        ("王小", &[(0, Name)]),
        ("王 小明", &[(0, Name)]),
        ("小明", &[(0, GivenName)]),
        ("小", &[(0, GivenName)]),
        ("明", &[(9, Name)]),
        ("修", &[(1, GivenName)]),
        ("欧阳", &[(1, Name)]),
        ("阳修", &[]),
        ("wangxiaoming", &[(0, Pinyin)]),
        ("Wang Xiao", &[(0, Pinyin)]),
        ("shanx", &[(2, Pinyin)]),
        ("danx", &[]),
        ("lvm", &[(4, Pinyin)]),
        ("lüm", &[(4, Pinyin)]),
        ("xi'an", &[(10, Pinyin)]),
        ("lm", &[(4, Initials)]),
        ("oyx", &[(1, Initials)]),
        ("sxx", &[(2, Initials)]),
        ("lilei", &[(3, Name)]),
        ("LI L", &[(3, Name)]),
        ("王_", &[(6, Name)]),
        ("_%", &[(6, GivenName)]),
        ("李'", &[(7, Name)]),
        ("王%明", &[]),
        ("%", &[]),
        ("*", &[]),
        ("\"", &[]),
        ("'", &[(7, GivenName)]),
        ("-", &[]),
        ("", &[]),
        ("　 ", &[]),
        ("99999999999", &[]),
        ("赵", &[]),
    ] {
        let found = shop.replica.read(|book| book.search_members(text, 20, None)).unwrap();
        let ids: Vec<(MemberId, FoundBy)> = found.people.iter().map(|(person, by)| (person.lead.id, *by)).collect();
        let expect: Vec<(MemberId, FoundBy)> = expect.iter().map(|(n, by)| (shop.members[*n], *by)).collect();
        assert_eq!(ids, expect, "{text:?}");
        assert!(!found.more, "{text:?}");
    }
}

#[test]
fn says_when_there_are_more_and_counts_persons() {
    let (_folder, replica) = book();
    let mut rng = Rng(12);
    for n in 0..21 {
        // Each of them registered five times over.
        for _ in 0..5 {
            register(&replica, &mut rng, by(NOW), &person("王芳", &format!("138000000{n:02}")));
        }
    }
    for (most, expect, more) in [(20, 20, true), (21, 21, false), (1, 1, true), (50, 21, false)] {
        for text in ["王", "wang", "wf", "芳", "138"] {
            let found = replica.read(|book| book.search_members(text, most, None)).unwrap();
            assert_eq!((found.people.len(), found.more), (expect, more), "{text} first {most}");
            assert!(found.people.iter().all(|(person, _)| person.also.len() == 4));
        }
    }
}

#[test]
fn a_person_by_id_phone_or_card_is_the_same() {
    let shop = shop();
    shop.replica
        .read(|book| {
            let lei = book.person(shop.members[3])?.unwrap();
            assert_eq!(book.person_by_card("88001234")?, Some(lei.clone()));
            assert_eq!(book.person_by_phone(&hefu_core::phone::Phone::parse("18800000001").unwrap())?, Some(lei));
            assert_eq!(book.person(MemberId::from_bytes([0; 16]))?, None);
            assert_eq!(book.person_by_card("")?, None);
            let nobody = book.person(shop.members[8])?.unwrap();
            assert_eq!((nobody.lead.name.as_str(), nobody.lead.phone, nobody.also.len()), ("", None, 0));
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_cashiers_type_finds_whom_they_mean() {
    let book = demo_book();
    let (mut told, mut long) = (0, 0);
    for query in book.demo.search_queries(1_000) {
        let found = book.replica.read(|read| read.search_members(&query.text, 20, None)).unwrap();
        let Some(index) = query.member else {
            assert_eq!((found.people.len(), found.more), (20, true), "{query:?}");
            continue;
        };
        if found.more {
            long += 1;
            continue;
        }
        let place = found.people.iter().find(|(person, _)| person.lead.id.0 == book.demo.member(index).id);
        let by = place.unwrap_or_else(|| panic!("{query:?} does not find its member")).1;
        let expect = match query.kind {
            QueryKind::Phone => FoundBy::Phone,
            QueryKind::LastFour => FoundBy::LastFour,
            QueryKind::Name => FoundBy::Name,
            QueryKind::Pinyin => FoundBy::Pinyin,
            QueryKind::CardNo => FoundBy::Card,
            // A given name may also be the beginning of a whole name, and initials of a syllable.
            QueryKind::GivenName if by == FoundBy::Name => FoundBy::Name,
            QueryKind::GivenName => FoundBy::GivenName,
            QueryKind::Initials if by == FoundBy::Pinyin => FoundBy::Pinyin,
            QueryKind::Initials => FoundBy::Initials,
            QueryKind::FamilyName | QueryKind::OneLetter => unreachable!("of nobody in particular"),
        };
        assert_eq!(by, expect, "{query:?}");
        told += 1;
    }
    assert!(told > 700, "{told} told, {long} too long");
}
