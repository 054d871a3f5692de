//! Makes reads cold: drops what the operating system keeps of files.

use std::fs::File;
use std::path::Path;

use rustix::fs::{Advice, fadvise};

use crate::store::{files_below, text};

/// Asks the system to forget the contents of every file below a folder. They must have been synced.
pub fn drop_files(folder: &Path) -> Result<(), String> {
    for path in files_below(folder)? {
        // A running server may remove files meanwhile.
        let Ok(file) = File::open(&path) else { continue };
        fadvise(&file, 0, None, Advice::DontNeed).map_err(text)?;
    }
    Ok(())
}
