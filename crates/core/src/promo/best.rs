use super::{Best, Context, Goods, Live};
use crate::{error::Code, money::Fen};

pub fn best(goods: &[Goods<'_>], _live: &[Live<'_>], _context: &Context<'_>, _steps_most: u32) -> Result<Best, Code> {
    let total_fen = Fen::sum(goods.iter().map(|line| line.amount_fen))?;
    Ok(Best { offs: Vec::new(), uses: Vec::new(), total_fen, proved: true, steps: 0 })
}
