-- Sheets that are or were held: their rows count from submission `effective` on (null: not at all).
create table held_sheets (
    submission bigint,
    source_file varchar,
    sheet varchar,
    feed varchar,
    effective bigint
)
