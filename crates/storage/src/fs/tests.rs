//! The contract of [`Fs`], on both implementations.

pub(crate) mod scratch;

use std::io::ErrorKind;
use std::path::Path;

use super::sim::SimFs;
use scratch::Scratch;

use super::{Access, Fs, RealFs, create_dir_durably, find, read, read_exact_at, write_durably};

fn on_both(check: fn(&dyn Fs, &Path)) {
    let scratch = Scratch::new();
    check(&RealFs, scratch.path());
    let sim = SimFs::new();
    sim.create_dir(Path::new("/scratch")).unwrap();
    check(&sim, Path::new("/scratch"));
    sim.set_short_reads(true);
    sim.create_dir(Path::new("/short")).unwrap();
    check(&sim, Path::new("/short"));
}

#[test]
fn files_are_written_read_cut_and_extended() {
    on_both(|fs, dir| {
        let file = fs.create_new(&dir.join("file")).unwrap();
        file.write_at(b"hello", 3).unwrap();
        file.write_at(b"H", 3).unwrap();
        assert_eq!(read(fs, &dir.join("file")).unwrap(), b"\0\0\0Hello");
        file.set_len(5).unwrap();
        file.preallocate(7).unwrap();
        file.preallocate(2).unwrap();
        file.sync_data().unwrap();
        file.sync_all().unwrap();
        assert_eq!(file.len_bytes().unwrap(), 7);
        assert_eq!(read(fs, &dir.join("file")).unwrap(), b"\0\0\0He\0\0");
        let reader = fs.open(&dir.join("file"), Access::Read).unwrap();
        assert_eq!(reader.read_at(&mut [0; 4], 7).unwrap(), 0, "at the end");
        assert_eq!(reader.read_at(&mut [0; 4], 99).unwrap(), 0, "behind the end");
        let cut = read_exact_at(&*reader, &mut [0; 8], 0).unwrap_err();
        assert_eq!(cut.kind(), ErrorKind::UnexpectedEof);
        assert!(reader.write_at(b"x", 0).is_err(), "opened for reading");
    });
}

#[test]
fn names_are_listed_moved_and_removed() {
    on_both(|fs, dir| {
        create_dir_durably(fs, &dir.join("b")).unwrap();
        create_dir_durably(fs, &dir.join("b")).unwrap();
        write_durably(fs, &dir.join("c"), b"old").unwrap();
        write_durably(fs, &dir.join("c"), b"newer").unwrap();
        fs.create_new(&dir.join("a")).unwrap();
        let listed = |fs: &dyn Fs| {
            let entries = fs.list(dir).unwrap();
            entries.into_iter().map(|entry| (entry.name, entry.is_dir, entry.len_bytes)).collect::<Vec<_>>()
        };
        let expected = [("a".to_owned(), false, 0), ("b".to_owned(), true, 0), ("c".to_owned(), false, 5)];
        assert_eq!(listed(fs), expected);
        fs.rename(&dir.join("c"), &dir.join("a")).unwrap();
        fs.remove_dir(&dir.join("b")).unwrap();
        assert_eq!(listed(fs), [("a".to_owned(), false, 5)]);
        assert_eq!(find(fs, &dir.join("c")).unwrap(), None);
        assert_eq!(find(fs, &dir.join("a")).unwrap().as_deref(), Some(b"newer".as_slice()));
        fs.remove_file(&dir.join("a")).unwrap();
        fs.sync_dir(dir).unwrap();
        assert_eq!(listed(fs), []);
        assert!(fs.available_bytes(dir).unwrap() > 0);
    });
}

#[test]
fn failures_have_the_same_kind() {
    on_both(|fs, dir| {
        fs.create_dir(&dir.join("full")).unwrap();
        fs.create_new(&dir.join("full/file")).unwrap();
        let missing = dir.join("missing");
        let kinds = [
            fs.create_new(&dir.join("full/file")).unwrap_err().kind(),
            fs.create_dir(&dir.join("full")).unwrap_err().kind(),
            fs.create_new(&missing.join("file")).unwrap_err().kind(),
            fs.open(&missing, Access::ReadWrite).unwrap_err().kind(),
            fs.list(&missing).unwrap_err().kind(),
            fs.sync_dir(&missing).unwrap_err().kind(),
            fs.remove_file(&missing).unwrap_err().kind(),
            fs.rename(&missing, &dir.join("other")).unwrap_err().kind(),
            fs.remove_dir(&dir.join("full")).unwrap_err().kind(),
        ];
        let expected = [
            ErrorKind::AlreadyExists,
            ErrorKind::AlreadyExists,
            ErrorKind::NotFound,
            ErrorKind::NotFound,
            ErrorKind::NotFound,
            ErrorKind::NotFound,
            ErrorKind::NotFound,
            ErrorKind::NotFound,
            ErrorKind::DirectoryNotEmpty,
        ];
        assert_eq!(kinds, expected);
    });
}

#[test]
fn a_lock_is_held_until_it_is_dropped() {
    on_both(|fs, dir| {
        let path = dir.join("LOCK");
        let held = fs.try_lock(&path).unwrap();
        assert!(held.is_some());
        assert!(fs.try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(fs.try_lock(&path).unwrap().is_some());
    });
}

#[test]
fn what_we_store_is_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let dir = scratch.path().join("dir");
    create_dir_durably(&RealFs, &dir).unwrap();
    write_durably(&RealFs, &dir.join("file"), b"secret").unwrap();
    for path in [&dir, &dir.join("file")] {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}
