//! Reading and writing the framing: big-endian integers, bytes behind their length.

use crate::{
    error::Code,
    op::{Hash, Operation, Part},
};

const PART_HERE: u8 = 1;
const PART_ABSENT: u8 = 2;

#[derive(Default)]
pub(super) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    pub fn u64(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    pub fn i64(&mut self, value: i64) {
        self.raw(&value.to_be_bytes());
    }

    pub fn long(&mut self, bytes: &[u8]) -> Result<(), Code> {
        self.u32(u32::try_from(bytes.len()).map_err(|_| Code::OperationTooLarge)?);
        self.raw(bytes);
        Ok(())
    }

    fn part(&mut self, part: &Part) -> Result<(), Code> {
        match part {
            Part::Here(bytes) => {
                self.u8(PART_HERE);
                self.long(bytes)
            }
            Part::Absent(hash) => {
                self.u8(PART_ABSENT);
                self.raw(&hash.0);
                Ok(())
            }
        }
    }

    pub fn operation(&mut self, op: &Operation) -> Result<(), Code> {
        self.long(&op.head)?;
        self.part(&op.detail)?;
        self.part(&op.sealed)
    }
}

pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn raw(&mut self, len: usize) -> Result<&'a [u8], Code> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Code::ServerRubbish)?;
        self.0 = rest;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Code> {
        self.raw(N)?.try_into().map_err(|_| Code::ServerRubbish)
    }

    pub fn u8(&mut self) -> Result<u8, Code> {
        self.fixed::<1>().map(|[byte]| byte)
    }

    pub fn u32(&mut self) -> Result<u32, Code> {
        self.fixed().map(u32::from_be_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, Code> {
        self.fixed().map(u64::from_be_bytes)
    }

    pub fn i64(&mut self) -> Result<i64, Code> {
        self.fixed().map(i64::from_be_bytes)
    }

    pub fn id(&mut self) -> Result<[u8; 16], Code> {
        self.fixed()
    }

    pub fn hash(&mut self) -> Result<Hash, Code> {
        self.fixed().map(Hash)
    }

    pub fn long(&mut self) -> Result<&'a [u8], Code> {
        let len = self.u32()?;
        self.raw(usize::try_from(len).map_err(|_| Code::ServerRubbish)?)
    }

    fn part(&mut self) -> Result<Part, Code> {
        match self.u8()? {
            PART_HERE => self.long().map(|bytes| Part::Here(bytes.to_vec())),
            PART_ABSENT => self.hash().map(Part::Absent),
            _ => Err(Code::ServerRubbish),
        }
    }

    pub fn operation(&mut self) -> Result<Operation, Code> {
        let op = Operation { head: self.long()?.to_vec(), detail: self.part()?, sealed: self.part()? };
        op.check_size()?;
        Ok(op)
    }

    /// Nothing may be left over.
    pub fn end(&self) -> Result<(), Code> {
        if self.0.is_empty() { Ok(()) } else { Err(Code::ServerRubbish) }
    }
}
