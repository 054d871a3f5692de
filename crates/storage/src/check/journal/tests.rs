use super::*;
use crate::fs::RealFs;
use crate::fs::tests::scratch::Scratch;
use crate::metastore::{Change, Metastore, SqliteMetastore};
use crate::wal::Lsn;

/// The journal of a metastore with some commits, as a process leaves it that dies.
fn journal() -> Vec<u8> {
    let scratch = Scratch::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let metastore = SqliteMetastore::open(&scratch.path().join("metastore.sqlite")).await.unwrap();
        for revision in 0..5 {
            metastore.commit(revision, &[Change::SetLogStart(Lsn(revision + 2))]).await.unwrap();
        }
        let bytes = fs::read(&RealFs, &scratch.path().join("metastore.sqlite-wal")).unwrap();
        metastore.close().await;
        bytes
    })
}

#[test]
fn a_lost_commit_is_told_from_a_torn_one() {
    let whole = journal();
    assert_eq!(judge_bytes(&whole), Judgement::Whole);
    assert_eq!(judge_bytes(&[]), Judgement::Whole);
    let page_bytes = word(&whole, 8) as usize;
    let frame_bytes = FRAME_HEADER_BYTES + page_bytes;
    let frames = (whole.len() - HEADER_BYTES) / frame_bytes;
    assert!(frames > 5, "{frames} frames");
    let flipped = |offset: usize| {
        let mut bytes = whole.clone();
        bytes[offset] ^= 8;
        judge_bytes(&bytes)
    };
    for offset in [0, 8, 20, 31] {
        assert!(matches!(flipped(offset), Judgement::Damaged(_)), "header {offset}");
    }
    for frame in 0..frames {
        for within in [0, 17, FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + page_bytes / 2, frame_bytes - 1] {
            let judgement = flipped(HEADER_BYTES + frame * frame_bytes + within);
            match frame + 1 == frames {
                // The end of the last commit: it may not have been acknowledged.
                true => assert!(matches!(judgement, Judgement::Torn(_)), "frame {frame}: {judgement:?}"),
                false => assert_ne!(judgement, Judgement::Whole, "frame {frame}"),
            }
            if frame == 0 {
                assert!(matches!(judgement, Judgement::Damaged(_)), "{judgement:?}");
            }
        }
    }
    // Cut anywhere, as a file system does that had not written it all: never more than a torn end.
    for length in (HEADER_BYTES..whole.len()).step_by(997) {
        assert!(!matches!(judge_bytes(&whole[..length]), Judgement::Damaged(_)), "{length}");
    }
}

#[test]
fn a_journal_is_described_and_nothing_else() {
    assert!(describe_journal(&journal()).unwrap().ends_with(" whole"));
    assert_eq!(describe_journal(b"SQLite format 3\0"), None);
    assert_eq!(describe_journal(&[]), None);
}
