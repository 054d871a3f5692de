//! The two files beside the results: what the columns are, and which files there are.

use crate::analyzer::UnloadFormat;
use crate::bound::OutputColumn;
use crate::result::json::{write_column_info, write_string};

/// One file of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFile {
    pub url: String,
    pub bytes: u64,
    pub rows: u64,
}

/// All columns of the query, those of partitions too.
pub fn metadata(columns: &[OutputColumn]) -> Vec<u8> {
    let mut out = b"{\"ColumnInfo\":".to_vec();
    write_column_info(&mut out, columns);
    out.extend_from_slice(b",\"Author\":{\"Name\":\"Amazon Timestream\",\"MetadataFileVersion\":\"1.0\"}}");
    out
}

pub fn manifest(files: &[ResultFile], format: &UnloadFormat) -> Vec<u8> {
    let mut out = b"{\"result_files\":[".to_vec();
    for (index, file) in files.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"url\":");
        write_string(&mut out, &file.url);
        let (bytes, rows) = (file.bytes, file.rows);
        let numbers =
            format!(",\"file_metadata\":{{\"content_length_in_bytes\":{bytes},\"row_count\":{rows}}}}}");
        out.extend_from_slice(numbers.as_bytes());
    }
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let rows: u64 = files.iter().map(|file| file.rows).sum();
    let format = format.name();
    let end = format!(
        "],\"query_metadata\":{{\"content_length_in_bytes\":{bytes},\"total_row_count\":{rows},\"result_format\":\"{format}\",\
         \"result_version\":\"Amazon Timestream version 1.0.0\"}},\
         \"author\":{{\"name\":\"Amazon Timestream\",\"manifest_file_version\":\"1.0\"}}}}"
    );
    out.extend_from_slice(end.as_bytes());
    out
}
