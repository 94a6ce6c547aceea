-- Sheets, or the rows of some schools in them, that are or were held: their rows count from submission `effective` on (null: not at all).
create table held_sheets (
    submission bigint,
    source_file varchar,
    sheet varchar,
    feed varchar,
    school_code varchar,
    effective bigint
)
