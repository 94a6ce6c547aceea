-- sqlfluff:templater:jinja:context:feed:class_sizes
-- sqlfluff:templater:jinja:context:group:grade
-- sqlfluff:templater:jinja:context:weight:r.class_count
-- Rows by school year, school, stage, kind of source and group in the latest submission that counts and holds any of the
-- first four.
with effective as (

    select
        r.school_year,
        r.school_code,
        r.stage,
        r.{{ group }} as row_group,
        coalesce(k.source_kind, 'own_template') as source_kind,
        coalesce({{ weight }}, 1) as weight,
        case when h.feed is null then r.submission else h.effective end as submission
    from read_parquet($1, union_by_name = true) as r
    left join held_sheets as h
        on
            r.submission = h.submission and r.source_file = h.source_file and r.sheet = h.sheet
            and h.feed = '{{ feed }}' and (h.school_code is null or r.school_code = h.school_code)
    left join source_kinds as k
        on
            r.submission = k.submission and r.source_file = k.source_file and r.sheet = k.sheet
            and k.feed = '{{ feed }}'
    where r.school_code is not null and r.stage is not null and r.{{ group }} is not null

),

latest as (

    select
        school_year,
        school_code,
        stage,
        source_kind,
        max(submission) as submission
    from effective
    group by school_year, school_code, stage, source_kind

)

select
    e.school_year,
    e.school_code,
    e.stage,
    e.source_kind,
    e.row_group,
    cast(sum(e.weight) as bigint) as received_rows
from effective as e
inner join latest as l
    on
        e.school_year = l.school_year and e.school_code = l.school_code and e.stage = l.stage
        and e.source_kind = l.source_kind and e.submission = l.submission
group by e.school_year, e.school_code, e.stage, e.source_kind, e.row_group
