-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:row_key:c.school_code
-- sqlfluff:templater:jinja:context:compared:c.full_time_teachers
-- Rows of one submission and kind of source with the same key: equal ones are one row, contradicting ones are a conflict.
insert into candidate.context by name
with fingerprints as (

    select
        c.row_id,
        c.submission,
        c.source_kind,
        c.has_fault,
        {{ row_key }} as row_key,
        -- equal groups of a roster count other persons: they are no repetition
        hash({{ compared }}, c.has_fault, case when c.source_kind = 'roster' then c.row_id end) as fingerprint,
        concat_ws(' › ', c.source_file, nullif(c.sheet, ''), '第 ' || c.row_number || ' 行') as place
    from candidate.{{ feed }} as c

),

counted as (

    select
        submission,
        source_kind,
        row_key,
        min(fingerprint) <> max(fingerprint) as is_conflict
    from fingerprints
    where row_key is not null
    group by submission, source_kind, row_key

),

conflicting as (

    select f.*
    from fingerprints as f
    inner join counted as c on f.submission = c.submission and f.source_kind = c.source_kind and f.row_key = c.row_key
    where c.is_conflict

),

contrary as (

    select
        f.row_id,
        arg_min(o.place, o.row_id) as other_row
    from conflicting as f
    inner join conflicting as o
        on
            f.submission = o.submission and f.source_kind = o.source_kind and f.row_key = o.row_key
            and f.fingerprint <> o.fingerprint
    group by f.row_id

)

select
    '{{ feed }}' as feed,
    f.row_id,
    o.other_row,
    case
        when f.source_kind = 'roster' then '请把名册里同一组的人放在一张表里、写法一致后重报'
        else '请只保留正确的一行后重报'
    end as what_to_do_zh,
    coalesce(c.is_conflict, false) as is_conflict,
    f.row_key is not null and not f.has_fault and row_number() over (
        partition by f.submission, f.source_kind, f.row_key, f.fingerprint
        order by f.row_id
    ) > 1 as is_repeated
from fingerprints as f
left join counted as c on f.submission = c.submission and f.source_kind = c.source_kind and f.row_key = c.row_key
left join contrary as o on f.row_id = o.row_id
