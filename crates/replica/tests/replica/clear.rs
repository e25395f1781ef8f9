//! No name and no phone stands in clear in anything stored or sent (F5), and the file itself tells nothing.

use std::collections::HashSet;

use hefu_core::wire::Push;

use crate::common::{demo_book, stored_ops};

/// Names and phones of everybody in the demo chain, as bytes.
struct People {
    names: HashSet<Vec<u8>>,
    phones: HashSet<Vec<u8>>,
}

impl People {
    fn all() -> Self {
        let demo = &demo_book().demo;
        let members = demo.members().filter_map(|member| member.name.map(|name| name.full()));
        let names: HashSet<String> = members.chain(demo.staff().map(|person| person.name)).collect();
        // Two people have the name of a thing that is sold: where goods are named, those say nothing.
        let goods: Vec<String> = demo.products().map(|product| product.name).collect();
        let names = names.into_iter().filter(|name| !goods.iter().any(|thing| thing.contains(name))).map(String::into_bytes).collect();
        Self { names, phones: demo.members().map(|member| member.phone.into_bytes()).collect() }
    }

    /// The first that stands in these bytes.
    fn in_clear(&self, bytes: &[u8]) -> Option<String> {
        bytes.iter().enumerate().find_map(|(at, first)| {
            let rest = &bytes[at..];
            let found = match first {
                b'1' => rest.get(..11).filter(|part| self.phones.contains(*part)),
                // Chinese characters are three bytes each; names are of two to four.
                0xe4..=0xe9 => [6, 9, 12].into_iter().find_map(|len| rest.get(..len).filter(|part| self.names.contains(*part))),
                _ => None,
            };
            found.map(|part| String::from_utf8_lossy(part).into_owned())
        })
    }
}

#[test]
fn nobody_stands_in_clear_in_what_is_stored_or_sent() {
    let (people, book) = (People::all(), demo_book());
    assert!(people.names.len() > 3_000 && people.phones.len() == 5_000);
    let someone = book.demo.members().find(|member| member.name.is_some()).unwrap();
    for told in [someone.name.unwrap().full(), someone.phone] {
        assert_eq!(people.in_clear(format!("\"{told}\"").as_bytes()), Some(told), "the search itself finds");
    }

    let path = book.folder.path().join("book.db");
    let stored = stored_ops(&path);
    assert_eq!(stored.len() as u64, book.replica.digest().unwrap().operations);
    for part in stored.iter().flatten().flatten() {
        assert_eq!(people.in_clear(part), None);
    }
    assert!(stored.iter().filter(|[_, _, sealed]| sealed.is_some()).count() >= 5_012);

    // As it goes out, with what goes beside it.
    let unsent = book.replica.next_push(usize::MAX).unwrap().unwrap();
    assert_eq!(unsent.segment.ops.len(), stored.len());
    assert_eq!(people.in_clear(&unsent.segment.write().unwrap()), None);
    let push = Push { segment: unsent.segment, signature: [0; 64], beside: unsent.beside };
    assert_eq!(people.in_clear(&push.write().unwrap()), None);
}

#[test]
fn the_file_is_encrypted_to_its_first_byte() {
    let (people, book) = (People::all(), demo_book());
    for name in ["book.db", "book.db-wal"] {
        let bytes = std::fs::read(book.folder.path().join(name)).unwrap();
        assert!(bytes.len() > 100_000, "{name}");
        assert_eq!(people.in_clear(&bytes), None, "{name}");
        for words in ["SQLite format 3", "CREATE TABLE", "和福家居", "member.registered"] {
            assert!(!bytes.windows(words.len()).any(|part| part == words.as_bytes()), "{name}: {words}");
        }
    }
}
