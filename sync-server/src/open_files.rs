//! How many files this process may hold open: each connection is one.

/// Books, logs, certificates, the runtime's own, and what a restart of a listener needs for a moment.
const KEPT_BACK: u64 = 256;

/// Raises the process's soft limit to the hard one, which needs no right, and answers with how many connections that leaves room
/// for. Where there is no such limit, `most`.
pub fn room_for(most: usize) -> usize {
    raised().map_or(most, |files| within(most, files))
}

fn within(most: usize, files: u64) -> usize {
    let room = files.saturating_sub(KEPT_BACK).max(files / 2);
    usize::try_from(room).unwrap_or(usize::MAX).min(most)
}

#[cfg(unix)]
fn raised() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).is_err() {
        return limit.current;
    }
    limit.maximum
}

#[cfg(not(unix))]
fn raised() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_kept_back_and_a_small_limit_leaves_half() {
        let cases = [(1_048_576, 65_536), (65_536, 65_280), (1_024, 768), (256, 128), (0, 0)];
        for (files, room) in cases {
            assert_eq!(within(65_536, files), room, "{files}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_soft_limit_is_the_hard_one_afterwards() {
        use rustix::process::{Resource, getrlimit};
        let room = room_for(usize::MAX);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
        assert_eq!(room, limit.current.map_or(usize::MAX, |files| within(usize::MAX, files)));
    }
}
