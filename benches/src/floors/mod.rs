//! What stands beside the benches: short programs on SQLite alone, that share no code with the product.

pub mod member_by_phone;
pub mod sale_commit;
mod sale_detail_json;
mod sale_head_json;
pub mod sync_fanout;
