//! [`crate::money::allocate`] over pieces that are never unfolded: what each piece gets is what it would get there, with the
//! pieces in the order of the pool and what they cost as weights.

use std::cmp::Reverse;

use super::cart::Cut;
use crate::error::Code;

/// Spreads `off` (at most what the pool costs) over the pieces of `pool`, and adds them to `into`.
pub fn spread(off: i64, pool: &mut [Cut], into: &mut Vec<Cut>) -> Result<(), Code> {
    let total: i64 = pool.iter().map(|cut| cut.count * cut.amount).sum();
    if off < 0 || off > total {
        return Err(Code::AmountInvalid);
    }
    let mut left = off;
    let mut remainders: Vec<(i128, usize)> = Vec::with_capacity(pool.len());
    for (place, cut) in pool.iter_mut().enumerate() {
        let (share, remainder) = share(off, cut.amount, total);
        cut.off = share;
        left -= share * cut.count;
        remainders.push((remainder, place));
    }
    // Pieces of a run have the same remainder: those that get a fen more are whole runs, and the first pieces of one.
    remainders.sort_unstable_by_key(|(remainder, place)| (Reverse(*remainder), *place));
    for (_, place) in remainders {
        if left == 0 {
            break;
        }
        let Some(cut) = pool.get_mut(place) else { continue };
        let more = left.min(cut.count);
        left -= more;
        into.push(Cut { count: more, off: cut.off + 1, ..*cut });
        cut.count -= more;
    }
    into.extend(pool.iter().filter(|cut| cut.count > 0));
    Ok(())
}

/// `off × amount ÷ total` and what remains, in narrow numbers where they do.
fn share(off: i64, amount: i64, total: i64) -> (i64, i128) {
    if total == 0 {
        return (0, 0);
    }
    if let Some(product) = off.checked_mul(amount) {
        return (product / total, i128::from(product % total));
    }
    let product = i128::from(off) * i128::from(amount);
    // The share is no more than the amount, since `off` is no more than the total.
    (i64::try_from(product / i128::from(total)).unwrap_or(amount), product % i128::from(total))
}
