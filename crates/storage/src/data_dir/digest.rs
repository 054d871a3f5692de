//! `DIR/metastore.digest`: what the metastore's file was when a server stopped in good order. SQLite keeps no checksums; so
//! a byte that changes while nobody looks is found, at the next start and by `headwater check`.
//!
//! The file is there only while the metastore is closed: it is removed before the metastore is opened.

use std::io;
use std::path::Path;

use super::DataDir;
use crate::error::{Result, StorageError};
use crate::fs::{self, Access, Fs};

pub const NAME: &str = "metastore.digest";

const VERSION_LINE: &str = "headwater metastore digest, version 1";
const PIECE_BYTES: usize = 1_024 * 1_024;

/// Length and CRC-32C of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    pub file_bytes: u64,
    pub crc32c: u32,
}

impl Digest {
    /// Reads a file piece by piece; `take` is given each.
    pub fn of(fs: &dyn Fs, path: &Path, take: &mut dyn FnMut(&[u8], u64) -> io::Result<()>) -> Result<Self> {
        let wrap = |source| StorageError::io("read", path, source);
        let file = fs.open(path, Access::Read).map_err(wrap)?;
        let mut buffer = vec![0; PIECE_BYTES];
        let mut digest = Self { file_bytes: 0, crc32c: 0 };
        loop {
            let count = file.read_at(&mut buffer, digest.file_bytes).map_err(wrap)?;
            let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
                return Ok(digest);
            };
            take(piece, digest.file_bytes).map_err(wrap)?;
            digest.crc32c = crc32c::crc32c_append(digest.crc32c, piece);
            digest.file_bytes += count as u64;
        }
    }

    /// The stated digest; `None` when there is none.
    pub fn find(fs: &dyn Fs, root: &Path) -> Result<Option<Self>> {
        let path = root.join(NAME);
        let Some(bytes) = fs::find(fs, &path)? else { return Ok(None) };
        let parsed = std::str::from_utf8(&bytes).ok().and_then(parse);
        parsed.map(Some).ok_or_else(|| StorageError::corrupt(&path, 0, 0, "the file is not readable"))
    }

    fn format(self) -> String {
        format!("{VERSION_LINE}\nbytes {}\ncrc32c {:08x}\n", self.file_bytes, self.crc32c)
    }
}

fn parse(text: &str) -> Option<Digest> {
    let mut lines = text.strip_prefix(VERSION_LINE)?.strip_prefix('\n')?.lines();
    let file_bytes = lines.next()?.strip_prefix("bytes ")?.parse().ok()?;
    let crc32c = u32::from_str_radix(lines.next()?.strip_prefix("crc32c ")?, 16).ok()?;
    let digest = Digest { file_bytes, crc32c };
    (digest.format() == text).then_some(digest)
}

impl DataDir {
    /// Compares the metastore with what the last stop stated, and forgets that. To be called before it is opened.
    ///
    /// # Errors
    /// `Corrupt` when it is not what it was; nothing was changed.
    pub fn take_digest(&self) -> Result<()> {
        let Some(stated) = Digest::find(&*self.fs, &self.root)? else { return Ok(()) };
        let found = Digest::of(&*self.fs, &self.metastore(), &mut |_, _| Ok(()))?;
        if found != stated {
            let reason = "the file is not what it was when the server stopped; remove metastore.digest to use it as it is";
            return Err(StorageError::corrupt(&self.metastore(), 0, 0, reason));
        }
        fs::remove_file_if_exists(&*self.fs, &self.root.join(NAME))?;
        let wrap = |source| StorageError::io("fsync of directory", &self.root, source);
        self.fs.sync_dir(&self.root).map_err(wrap)
    }

    /// States what the metastore's file is. To be called after it was closed; does nothing while its journal is there.
    pub fn state_digest(&self) -> Result<()> {
        let journal = self.root.join("metastore.sqlite-wal");
        if fs::find(&*self.fs, &self.metastore())?.is_none() || fs::find(&*self.fs, &journal)?.is_some() {
            return Ok(());
        }
        let digest = Digest::of(&*self.fs, &self.metastore(), &mut |_, _| Ok(()))?;
        fs::write_durably(&*self.fs, &self.root.join(NAME), digest.format().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fs::sim::SimFs;

    #[test]
    fn a_changed_byte_is_noticed_and_the_statement_is_taken_once() {
        let disk = SimFs::new();
        let root = Path::new("/data");
        let data_dir = DataDir::open(Arc::new(disk.clone()), root).unwrap();
        data_dir.state_digest().unwrap();
        assert_eq!(Digest::find(&disk, root).unwrap(), None, "there is no metastore");
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
        fs::write_durably(&disk, &data_dir.metastore(), &bytes).unwrap();
        data_dir.state_digest().unwrap();
        let file = disk.open(&data_dir.metastore(), Access::ReadWrite).unwrap();
        for offset in [0, 1_048_576, 2_999_999] {
            file.write_at(&[bytes[offset] ^ 1], offset as u64).unwrap();
            assert!(matches!(data_dir.take_digest(), Err(StorageError::Corrupt { .. })), "{offset}");
            file.write_at(&bytes[offset..=offset], offset as u64).unwrap();
        }
        file.set_len(2_999_999).unwrap();
        assert!(data_dir.take_digest().is_err());
        file.write_at(&bytes[2_999_999..], 2_999_999).unwrap();
        data_dir.take_digest().unwrap();
        assert_eq!(Digest::find(&disk, root).unwrap(), None);
        data_dir.take_digest().unwrap();
    }

    #[test]
    fn another_text_is_no_statement() {
        let digest = Digest { file_bytes: 4_096, crc32c: 0xab };
        let text = digest.format();
        assert_eq!(parse(&text), Some(digest));
        for wrong in
            ["", &text[1..], &text[..text.len() - 1], &text.replace("ab", "AB"), &text.replace("1\n", "2\n")]
        {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
