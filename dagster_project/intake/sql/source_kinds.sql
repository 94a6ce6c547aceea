-- Sheets that aren't written in the project's own form, with their kind of source.
create table source_kinds (
    submission bigint,
    source_file varchar,
    sheet varchar,
    feed varchar,
    source_kind varchar
)
