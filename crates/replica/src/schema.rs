//! The schema of the file, as the steps that led to it.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations, SchemaVersion};

use crate::Error;

/// Appended to, never edited: an installed file has run them, and the tests below hold them to the byte.
const MIGRATIONS: &[&str] = &[
    include_str!("../schema/001_start.sql"),
    include_str!("../schema/002_money.sql"),
    include_str!("../schema/003_authority.sql"),
    include_str!("../schema/004_city.sql"),
    include_str!("../schema/005_own_members.sql"),
    include_str!("../schema/006_buyers.sql"),
    include_str!("../schema/007_card_day.sql"),
    include_str!("../schema/008_reviewed_by.sql"),
    include_str!("../schema/009_goods_moved.sql"),
    include_str!("../schema/010_gifts.sql"),
];

/// Runs what is missing. A file of a later schema is refused before anything is written.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let migrations = Migrations::new(MIGRATIONS.iter().map(|sql| M::up(sql)).collect());
    match migrations.current_version(connection).map_err(Error::Migration)? {
        SchemaVersion::Outside(found) => Err(Error::Newer { found: found.get(), known: MIGRATIONS.len() }),
        _ => migrations.to_latest(connection).map_err(Error::Migration),
    }
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;

    /// BLAKE3 of each step, in order.
    const RELEASED: &[&str] = &[
        "78c4fc0c2f4a9ef27b84176196fe913c5eda91d977f8cb47497c0e5c91a43c79",
        "3ef2dba57f59f3e1d3b42c6ccb1a8c76dc3be0668193f9ab15caeb74a4e1a18c",
        "f8534741bf163b27aa274c5a1e0cb8c866610eb6322c0d297c7c7c4dc280d4aa",
        "1e1443c17f396f2713e6d7d88fa4727e0a8684dd4e0951a46f93232ea00e69b4",
        "1ead56f56dabd7ab21b6cf6da1fb12fabb3745b2c4693858e7210b27e14d79c1",
        "fdb5286875ada7680469da0abfe8fccde9c966f2ecf7cb4e62c1735b9f0f76f4",
        "7dd08afd118d58da735c8a3c01b3b188d97563a52f53acb95c1f18ca7e6d1fcc",
        "9b2cd64379558d47fa4dbd4fe5614a3b006dac795f9a9e295b52a5b0ee77eb39",
        "2cbb337504e553ac722112426ea920ba3f433f6c35f6b92f14e718fe673dd48e",
        "fd219b61a8b189021ae8f18be425182a73ea33a709deec84d772a43871991e61",
    ];

    #[test]
    fn a_step_that_files_have_run_is_never_changed() {
        let now: Vec<String> =
            MIGRATIONS.iter().map(|sql| blake3::hash(sql.replace("\r\n", "\n").as_bytes()).to_hex().to_string()).collect();
        assert_eq!(
            now, RELEASED,
            "installed files have run these steps and will not run them again. Put a released step back as it was and say what is to \
             change in a new file behind the last; for a new file, add its hash at the end of RELEASED. No line of it is ever edited"
        );
    }
}
