//! Lower-case hex, as keys, challenges and tokens travel in JSON.

use std::fmt::Write;

pub fn write(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `None` unless the text is exactly `N` bytes.
pub fn read<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = (digit(pair[0])? << 4) | digit(pair[1])?;
    }
    Some(bytes)
}

fn digit(text: u8) -> Option<u8> {
    char::from(text).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        assert_eq!(read::<3>(&write(&[0, 0xab, 0xff])), Some([0, 0xab, 0xff]));
        for text in ["", "00abf", "00abfff", "00abfg", "张张"] {
            assert_eq!(read::<3>(text), None, "{text}");
        }
    }
}
