//! What promotions that look at a sum of goods take off at most, when the parts of the cart may waste something so that a threshold
//! is reached. What each takes off never falls as its goods cost more, and between thresholds rises by no more than they do.

use super::{apply::shared_off, live::Candidate};
use crate::{
    error::Code,
    promo::{Kind, PercentStep, Threshold},
};

/// Thresholds of one promotion that are looked at.
const THRESHOLDS_MOST: i64 = 64;

/// A promotion that looks at a sum: what its goods cost at most when nothing is wasted, and when everything is.
#[derive(Debug)]
pub struct Sum<'s, 'a> {
    pub candidate: &'s Candidate<'a>,
    pub base: i64,
    pub most: i64,
    pub count: i64,
}

impl Sum<'_, '_> {
    fn off(&self, waste: i64) -> Result<i64, Code> {
        Ok(shared_off(self.candidate, self.base.saturating_add(waste).min(self.most), self.count)?.0)
    }

    /// The wastes with which it reaches a threshold; none where they are too many.
    fn thresholds(&self, most: i64) -> Option<Vec<i64>> {
        let waste = |at_least: i64| Some(at_least - self.base).filter(|waste| *waste > 0);
        match &self.candidate.promotion.kind {
            Kind::Off { steps, each: true, .. } => {
                let until = self.base.saturating_add(most).min(self.most);
                let mut wastes = Vec::new();
                for at_least in steps.iter().map(|step| step.at_least_fen.get()).filter(|at_least| *at_least > 0) {
                    let (from, until) = (self.base / at_least, until / at_least);
                    if until - from > THRESHOLDS_MOST {
                        return None;
                    }
                    wastes.extend((from + 1..=until).filter_map(|times| waste(times * at_least)));
                }
                Some(wastes)
            }
            Kind::Off { steps, .. } => Some(steps.iter().filter_map(|step| waste(step.at_least_fen.get())).collect()),
            Kind::Percent { steps, .. } => {
                let at_least = |step: &PercentStep| match step.at_least {
                    Threshold::Fen(at_least) => waste(at_least.get()),
                    Threshold::Pieces(_) => None,
                };
                Some(steps.iter().filter_map(at_least).collect())
            }
            _ => None,
        }
    }
}

/// The least that waste, less what the sums take off for it, can come to; and whether it may take waste to come to it.
pub fn lowest(sums: &[Sum<'_, '_>]) -> Result<(i64, bool), Code> {
    let mut highest = 0;
    for sum in sums {
        highest += sum.off(i64::MAX)?;
    }
    let mut wastes = vec![0];
    for sum in sums {
        match sum.thresholds(highest) {
            Some(more) => wastes.extend(more),
            None => return Ok((-highest, true)),
        }
    }
    // Shares rise between thresholds too: one of them by no more than the waste, several by what each is rounded besides.
    let share = |sum: &&Sum<'_, '_>| match &sum.candidate.promotion.kind {
        Kind::Percent { steps, .. } => steps.iter().map(|step| 1000 - step.permille.clamp(0, 1000)).max(),
        // Takes off all there is, where that is less than what it would take off.
        Kind::Off { steps, .. } => steps.iter().any(|step| step.off_fen > step.at_least_fen).then_some(1000),
        _ => None,
    };
    let shares: Vec<i64> = sums.iter().filter_map(|sum| share(&sum)).collect();
    if shares.iter().sum::<i64>() > 1000 {
        return Ok((-highest, true));
    }
    let rounded = if shares.len() > 1 { i64::try_from(shares.len()).unwrap_or(i64::MAX) } else { 0 };
    let mut least = (i64::MAX, false);
    for waste in wastes {
        let mut off = rounded;
        for sum in sums {
            off += sum.off(waste)?;
        }
        // Shares may take off a fen more for every fen of waste.
        let by_waste = waste > 0 || !shares.is_empty();
        if waste - off < least.0 || (waste - off == least.0 && by_waste) {
            least = (waste - off, by_waste);
        }
    }
    Ok(least)
}
