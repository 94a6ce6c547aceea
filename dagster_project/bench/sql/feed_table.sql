-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:school_code varchar
-- An empty table of a feed's rows in force.
create table accepted.{{ feed }} (
    school_year integer,
    {{ columns }},
    source_file varchar,
    sha256 varchar,
    sheet varchar,
    row_number bigint,
    part bigint
)
