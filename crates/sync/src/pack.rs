//! Packing with zstd. What unpacks to more than it may is refused before it has grown.

use hefu_core::{error::Code, wire::UNPACKED_BYTES_MOST};

/// Fast; a frame of JSON shrinks about eightfold even so.
const LEVEL: i32 = 1;

pub fn pack(bytes: &[u8]) -> Result<Vec<u8>, Code> {
    zstd::bulk::compress(bytes, LEVEL).map_err(|_| Code::Internal)
}

/// Errors with `server.rubbish`.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Code> {
    zstd::bulk::decompress(bytes, UNPACKED_BYTES_MOST).map_err(|_| Code::ServerRubbish)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_refused() {
        assert_eq!(unpack(&pack(&[7; 1000]).unwrap()).unwrap(), [7; 1000]);
        assert_eq!(unpack(&pack(&vec![0; UNPACKED_BYTES_MOST + 1]).unwrap()), Err(Code::ServerRubbish));
        assert_eq!(unpack(b"<html>"), Err(Code::ServerRubbish));
    }
}
