mod damage;
mod fixture;
mod plain;
mod pruning;
mod round_trip;
