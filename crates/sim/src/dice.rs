//! Everything that is left to chance, from a seed: a schedule runs again the same.

use hefu_failing_disk::Rng;

/// One throw after another. Each step of a run has dice of its own, so that what one step makes of its throws moves no other step.
pub struct Dice(Rng);

impl Dice {
    pub fn of(seed: u64, what: &str, n: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_be_bytes()).update(&n.to_be_bytes()).update(what.as_bytes());
        let hash = hasher.finalize();
        Self(Rng(hash.as_bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))))
    }

    /// Below `limit`, which is 1 at least.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0.below(limit)
    }

    /// Both ends included.
    pub fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    pub fn permille(&mut self, of: usize) -> bool {
        self.below(1000) < of
    }

    pub fn number(&mut self) -> u64 {
        self.0.next()
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len())) }
    }

    /// One of these, by their weights.
    pub fn weighed<T: Copy>(&mut self, all: &[(usize, T)]) -> Option<T> {
        let sum: usize = all.iter().map(|(weight, _)| weight).sum();
        if sum == 0 {
            return None;
        }
        let mut at = self.below(sum);
        all.iter().find_map(|(weight, one)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here.then_some(*one)
        })
    }

    /// For whoever takes randomness as an argument.
    pub fn into_rng(self) -> Rng {
        self.0
    }
}
