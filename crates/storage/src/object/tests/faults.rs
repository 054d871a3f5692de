//! Each fault at each call of a put and a read: the outcome is the object as written, or an error.

use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use object_store::ObjectStore;
use object_store::memory::InMemory;

use super::objects_on;
use crate::error::StorageError;
use crate::object::{FaultyObjects, ObjectFault, ObjectName, RetryPolicy};

fn faulty() -> FaultyObjects {
    let inner: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    FaultyObjects::new(inner)
}

#[test]
fn a_put_survives_any_single_fault() {
    for fault in ObjectFault::ALL {
        let store = faulty();
        store.fail_at(1, fault);
        let (objects, _) = objects_on(Arc::new(store));
        let name = objects.new_name("t1");
        let bytes = Bytes::from_static(b"what was written");
        block_on(objects.put_new(&name, bytes.clone())).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(block_on(objects.find(&name)).unwrap(), Some(bytes), "{fault:?}");
    }
}

#[test]
fn a_put_whose_answer_is_lost_twice_is_done_once() {
    let store = faulty();
    store.fail_at(1, ObjectFault::LostAnswer);
    store.fail_at(2, ObjectFault::Conflict);
    let (objects, _) = objects_on(Arc::new(store.clone()));
    let name = objects.new_name("t1");
    block_on(objects.put_new(&name, Bytes::from_static(b"x"))).unwrap();
    assert_eq!(block_on(objects.list()).unwrap().len(), 1);
    assert_eq!(objects.stats().puts, 1);
}

#[test]
fn a_put_is_not_given_up_when_looking_after_it_was_spoiled() {
    for spoiled in [ObjectFault::Cut, ObjectFault::Flipped] {
        let store = faulty();
        store.fail_at(1, ObjectFault::LostAnswer);
        store.fail_at(3, spoiled);
        let (objects, _) = objects_on(Arc::new(store.clone()));
        let name = objects.new_name("t1");
        let bytes = Bytes::from_static(b"what was written");
        block_on(objects.put_new(&name, bytes.clone()))
            .unwrap_or_else(|error| panic!("{spoiled:?}: {error}"));
        assert_eq!(block_on(objects.find(&name)).unwrap(), Some(bytes), "{spoiled:?}");
        assert_eq!(store.calls(), 6, "put, put, look, put, look, find");
    }
}

#[test]
fn a_taken_name_is_never_overwritten() {
    let (objects, _) = objects_on(Arc::new(faulty()));
    let name = ObjectName::new("t1/a");
    block_on(objects.put_new(&name, Bytes::from_static(b"first"))).unwrap();
    let second = block_on(objects.put_new(&name, Bytes::from_static(b"second")));
    assert!(matches!(second, Err(StorageError::Corrupt { .. })), "{second:?}");
    assert_eq!(block_on(objects.find(&name)).unwrap(), Some(Bytes::from_static(b"first")));
}

#[test]
fn retries_are_bounded_and_counted() {
    let store = faulty();
    store.set_always(Some(ObjectFault::Unavailable));
    let (objects, pacing) = objects_on(Arc::new(store.clone()));
    let outcome = block_on(objects.put_new(&ObjectName::new("t1/a"), Bytes::from_static(b"x")));
    assert!(matches!(outcome, Err(StorageError::ObjectStore { call: "put", .. })), "{outcome:?}");
    let policy = RetryPolicy::default();
    let pauses = pacing.pauses.lock().unwrap().clone();
    assert_eq!(pauses.len() as u32, policy.attempts_max - 1);
    assert_eq!(store.calls(), u64::from(policy.attempts_max));
    assert!(pauses.iter().sum::<std::time::Duration>() <= policy.total_max);
}

#[test]
fn a_read_that_was_cut_is_read_again_and_a_short_object_is_damage() {
    let store = faulty();
    let (objects, _) = objects_on(Arc::new(store.clone()));
    let name = ObjectName::new("t1/a");
    block_on(objects.put_new(&name, Bytes::from_static(b"0123456789"))).unwrap();
    store.fail_at(store.calls() + 1, ObjectFault::Cut);
    let parts = block_on(objects.read_ranges(&name, &[2..4, 5..9])).unwrap();
    assert_eq!(parts, [Bytes::from_static(b"23"), Bytes::from_static(b"5678")]);
    // A failure in between says nothing about the object.
    store.fail_at(store.calls() + 1, ObjectFault::TimedOut);
    store.fail_at(store.calls() + 2, ObjectFault::Cut);
    assert_eq!(block_on(objects.read_ranges(&name, &[2..4])).unwrap(), [Bytes::from_static(b"23")]);
    store.set_always(Some(ObjectFault::Cut));
    let cut = block_on(objects.read_ranges(&name, &[2..4]));
    assert!(matches!(cut, Err(StorageError::Corrupt { .. })), "{cut:?}");
    store.set_always(None);
    let missing = block_on(objects.read_ranges(&ObjectName::new("t1/b"), &[0..1]));
    assert!(matches!(missing, Err(StorageError::Corrupt { .. })), "{missing:?}");
    block_on(objects.delete(&ObjectName::new("t1/b"))).unwrap();
}
