-- How the first place is known: 1 the phone's position, 2 stated, 3 by network address. NULL where there is no place, and
-- in rows older than this column, whose places were told by people.
ALTER TABLE code_use ADD COLUMN first_place_source BIGINT;
