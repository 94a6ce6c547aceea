-- sqlfluff:templater:jinja:context:feed:class_sizes
-- sqlfluff:templater:jinja:context:group:r.grade
-- sqlfluff:templater:jinja:context:row_name:r.class_name
-- sqlfluff:templater:jinja:context:weight:r.class_count
-- sqlfluff:templater:jinja:context:persons:r.students
-- Rows by school year, school (its code, or the name by which its row looks it up), stage, kind of source, group and name in the latest submission that counts and holds any of the
-- first four.
with effective as (

    select
        r.school_year,
        coalesce(r.school_code, r.lookup_name) as school,
        r.stage,
        {{ group }} as row_group,
        {{ row_name }} as row_name,
        {{ persons }} as persons,
        coalesce(k.source_kind, 'own_template') as source_kind,
        coalesce({{ weight }}, 1) as weight,
        case when h.feed is null then r.submission else h.effective end as submission
    from read_parquet($1, union_by_name = true) as r
    left join held_sheets as h
        on
            r.submission = h.submission and r.source_file = h.source_file and r.sheet = h.sheet
            and h.feed = '{{ feed }}' and (h.school_code is null or coalesce(r.school_code, r.lookup_name) = h.school_code)
    left join source_kinds as k
        on
            r.submission = k.submission and r.source_file = k.source_file and r.sheet = k.sheet
            and k.feed = '{{ feed }}'
    where coalesce(r.school_code, r.lookup_name) is not null and r.stage is not null and {{ group }} is not null

),

latest as (

    select
        school_year,
        school,
        stage,
        source_kind,
        max(submission) as submission
    from effective
    group by school_year, school, stage, source_kind

)

select
    e.school_year,
    e.school,
    e.stage,
    e.source_kind,
    e.row_group,
    e.row_name,
    cast(e.weight as bigint) as weight,
    cast(e.persons as bigint) as persons
from effective as e
inner join latest as l
    on
        e.school_year = l.school_year and e.school = l.school and e.stage = l.stage
        and e.source_kind = l.source_kind and e.submission = l.submission
