-- What a shorter retention had made invisible when it was raised, until no such row is stored: before when, and the instant
-- at which that was so. Both NULL when there is nothing.
ALTER TABLE tables ADD COLUMN expired_before_ns BIGINT;
ALTER TABLE tables ADD COLUMN expired_at_ns BIGINT;
-- The wall clock as it was believed at the last checkpoint; NULL before the first.
ALTER TABLE state ADD COLUMN trusted_clock_ns BIGINT;
