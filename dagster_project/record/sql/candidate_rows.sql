-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:definitions:school_code varchar, stage varchar
create table candidate.{{ feed }} (
    row_id bigint,
    submission bigint,
    sha256 varchar,
    source_file varchar,
    sheet varchar,
    row_number bigint,
    part bigint,
    has_fault boolean,
    lookup_name varchar,
    source_kind varchar,
    school_year integer,
    {{ definitions }}
)
