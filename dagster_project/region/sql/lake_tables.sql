-- Who delivered what, and which schools more than one district names.
create schema lake;

create table lake.deliveries (
    district_code varchar,
    name_zh varchar,
    delivery_id varchar,
    release_id varchar,
    as_of date,
    known_until date,
    rows_to_correct bigint
);

create table lake.named_schools (district_code varchar, school_code varchar, is_registered boolean);

create table lake.shared_schools (district_code varchar, school_code varchar, is_registered boolean)
