//! The writers' side of the series dictionary: from the bytes of a series key to its dense id.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use model::clock::TimestampNs;
use model::series::SeriesId;

const ARENA_BYTES: usize = 1024 * 1024;

/// What writers remember of a series.
#[derive(Debug, Clone, Copy)]
pub struct SeriesState {
    /// No row of the series is later than this.
    pub time_max_ns: TimestampNs,
    /// Kinds of records that the schema is known to have for the series' measure name; 0 when nothing is known.
    pub kinds_seen: u8,
}

/// Keys by id and ids by key. Each key is stored once.
#[derive(Debug, Default)]
pub struct SeriesDictionary {
    hasher: DefaultHashBuilder,
    ids: HashTable<u32>,
    /// Keys, one after the other; in pieces, so that growth never copies all of them.
    arenas: Vec<Vec<u8>>,
    places: Vec<Place>,
    states: Vec<SeriesState>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    arena: u32,
    offset: u32,
    length: u32,
}

impl SeriesDictionary {
    pub fn count(&self) -> usize {
        self.places.len()
    }

    pub fn key(&self, id: SeriesId) -> Option<&[u8]> {
        key_at(&self.arenas, self.places.get(id.0 as usize)?)
    }

    pub fn find(&self, key: &[u8]) -> Option<SeriesId> {
        let hash = self.hasher.hash_one(key);
        let same = |id: &u32| self.key(SeriesId(*id)) == Some(key);
        self.ids.find(hash, same).map(|id| SeriesId(*id))
    }

    /// Adds a key that is not there yet. `None` when there are too many series.
    pub fn insert(&mut self, key: &[u8], time_max_ns: TimestampNs) -> Option<SeriesId> {
        let id = u32::try_from(self.places.len()).ok().filter(|id| *id < u32::MAX)?;
        let place = self.store(key)?;
        self.places.push(place);
        self.states.push(SeriesState { time_max_ns, kinds_seen: 0 });
        let (hasher, arenas, places) = (&self.hasher, &self.arenas, &self.places);
        let hash_of = |id: &u32| {
            let place = places.get(*id as usize);
            hasher.hash_one(place.and_then(|place| key_at(arenas, place)).unwrap_or_default())
        };
        self.ids.insert_unique(hasher.hash_one(key), id, hash_of);
        Some(SeriesId(id))
    }

    pub fn state(&self, id: SeriesId) -> Option<SeriesState> {
        self.states.get(id.0 as usize).copied()
    }

    pub fn state_mut(&mut self, id: SeriesId) -> Option<&mut SeriesState> {
        self.states.get_mut(id.0 as usize)
    }

    /// Forgets all series from `len` on, which were never made durable.
    pub fn truncate(&mut self, len: usize) {
        for id in (len..self.places.len()).rev() {
            let Some(hash) = self.key(SeriesId(id as u32)).map(|key| self.hasher.hash_one(key)) else {
                continue;
            };
            if let Ok(entry) = self.ids.find_entry(hash, |known| *known as usize == id) {
                entry.remove();
            }
            if let Some(place) = self.places.pop()
                && let Some(arena) = self.arenas.get_mut(place.arena as usize)
            {
                arena.truncate(place.offset as usize);
            }
            self.states.pop();
        }
    }

    /// Says that nothing is known any more of the records each series has had.
    pub fn forget_kinds(&mut self) {
        for state in &mut self.states {
            state.kinds_seen = 0;
        }
    }

    /// Sets the bound that holds for every series.
    pub fn set_time_max(&mut self, time_max_ns: TimestampNs) {
        for state in &mut self.states {
            state.time_max_ns = time_max_ns;
        }
    }

    pub fn memory_bytes(&self) -> usize {
        self.arenas.iter().map(Vec::capacity).sum::<usize>()
            + self.places.capacity() * (size_of::<Place>() + size_of::<SeriesState>())
            + self.ids.capacity() * size_of::<u32>()
    }

    fn store(&mut self, key: &[u8]) -> Option<Place> {
        let has_room = |arena: &Vec<u8>| arena.len() + key.len() <= ARENA_BYTES;
        if !self.arenas.last().is_some_and(has_room) {
            // The first piece grows from nothing: most tables have few series.
            let capacity = if self.arenas.is_empty() { key.len() } else { ARENA_BYTES.max(key.len()) };
            self.arenas.push(Vec::with_capacity(capacity));
        }
        let arena = u32::try_from(self.arenas.len() - 1).ok()?;
        let bytes = self.arenas.last_mut()?;
        let place =
            Place { arena, offset: u32::try_from(bytes.len()).ok()?, length: u32::try_from(key.len()).ok()? };
        bytes.extend_from_slice(key);
        Some(place)
    }
}

fn key_at<'a>(arenas: &'a [Vec<u8>], place: &Place) -> Option<&'a [u8]> {
    let start = place.offset as usize;
    arenas.get(place.arena as usize)?.get(start..start + place.length as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_inserted_and_forgets_what_was_cut() {
        let mut dictionary = SeriesDictionary::default();
        let key = |number: u32| format!("series number {number}").into_bytes();
        for number in 0..5_000 {
            assert_eq!(dictionary.find(&key(number)), None);
            assert_eq!(dictionary.insert(&key(number), i64::from(number)), Some(SeriesId(number)));
        }
        dictionary.truncate(3_000);
        assert_eq!(dictionary.count(), 3_000);
        for number in 0..5_000 {
            let expected = (number < 3_000).then_some(SeriesId(number));
            assert_eq!(dictionary.find(&key(number)), expected);
        }
        assert_eq!(dictionary.insert(&key(4_999), 0), Some(SeriesId(3_000)));
        assert_eq!(dictionary.find(&key(4_999)), Some(SeriesId(3_000)));
        assert_eq!(dictionary.key(SeriesId(3_000)), Some(key(4_999).as_slice()));
        assert_eq!(dictionary.state(SeriesId(7)).map(|state| state.time_max_ns), Some(7));
    }
}
