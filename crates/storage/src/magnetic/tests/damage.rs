//! Any change of a stored file is noticed: the same rows or an error, never other rows (G20).

use std::path::Path;
use std::sync::Arc;

use super::fixture::{Fixture, ROOT, rows_of_file};
use crate::error::StorageError;
use crate::fs::{Access, Fs};
use crate::magnetic::data_file::MagneticFile;
use crate::magnetic::rewrite::source::Source;
use crate::magnetic::rewrite::{FileLimits, write_files};
use crate::memory::deleted::DeletedRows;
use crate::object::ObjectFault;

fn one_file(fixture: &Fixture) -> Arc<MagneticFile> {
    let sources = [Source::of_run(&fixture.run(1, 12), DeletedRows::default())];
    let files = write_files(&fixture.store, &fixture.target(FileLimits::default()), &sources).unwrap();
    files[0].mark_live();
    Arc::clone(&files[0])
}

/// The same file as another process would open it: nothing of it is cached.
fn reopened(fixture: &Fixture, file: &MagneticFile) -> Arc<MagneticFile> {
    Arc::new(MagneticFile::live(&fixture.store, file.name.clone(), file.facts.clone()))
}

#[test]
fn every_flipped_bit_is_noticed() {
    let fixture = Fixture::new(3);
    let file = one_file(&fixture);
    let path = Path::new(ROOT).join(file.name.as_str());
    let handle = fixture.disk.open(&path, Access::ReadWrite).unwrap();
    for offset in 0..file.facts.file_bytes {
        let mut byte = [0];
        handle.read_at(&mut byte, offset).unwrap();
        handle.write_at(&[byte[0] ^ (1 << (offset % 8))], offset).unwrap();
        match rows_of_file(&reopened(&fixture, &file)) {
            Err(StorageError::Corrupt { .. }) => {}
            other => panic!("offset {offset}: {other:?}"),
        }
        handle.write_at(&byte, offset).unwrap();
    }
    assert!(rows_of_file(&reopened(&fixture, &file)).is_ok());
    handle.set_len(file.facts.file_bytes - 1).unwrap();
    assert!(matches!(rows_of_file(&reopened(&fixture, &file)), Err(StorageError::Corrupt { .. })));
}

#[test]
fn what_was_spoilt_on_its_way_is_read_again() {
    let fixture = Fixture::new(3);
    let file = one_file(&fixture);
    let expected = rows_of_file(&file).unwrap();
    for fault in [ObjectFault::Flipped, ObjectFault::Cut] {
        fixture.faults.fail_at(fixture.faults.calls() + 1, fault);
        assert_eq!(rows_of_file(&reopened(&fixture, &file)).unwrap(), expected, "{fault:?}");
    }
    fixture.faults.set_always(Some(ObjectFault::Flipped));
    assert!(matches!(rows_of_file(&reopened(&fixture, &file)), Err(StorageError::Corrupt { .. })));
    fixture.faults.set_always(Some(ObjectFault::Unavailable));
    assert!(matches!(rows_of_file(&reopened(&fixture, &file)), Err(StorageError::ObjectStore { .. })));
}

#[test]
fn a_file_that_is_not_the_listed_one_is_refused() {
    let fixture = Fixture::new(3);
    let file = one_file(&fixture);
    let change = |change: &dyn Fn(&mut crate::magnetic::data_file::FileFacts)| {
        let mut facts = file.facts.clone();
        change(&mut facts);
        rows_of_file(&Arc::new(MagneticFile::live(&fixture.store, file.name.clone(), facts)))
    };
    assert!(change(&|_| {}).is_ok());
    assert!(change(&|facts| facts.rows += 1).is_err());
    assert!(change(&|facts| facts.tail_offset += 1).is_err());
    assert!(change(&|facts| facts.series_count += 1).is_err());
    assert!(change(&|facts| facts.block_checksums[0] ^= 1).is_err());
}
