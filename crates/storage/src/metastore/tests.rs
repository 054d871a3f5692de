//! Tests of the metastore.
