-- sqlfluff:templater:jinja:context:feed:class_sizes
-- sqlfluff:templater:jinja:context:row_group:c.grade
-- sqlfluff:templater:jinja:context:row_weight:coalesce(c.class_count, 1)
-- Of each kind of source the latest submission with accepted rows of a unit; of these the kind that goes first is in force.
-- A kind that lists clearly less than another one goes behind it: nothing of a grade, or less than half of the classes, unless
-- its sheet says that it is whole. The same measure holds for later returns of one kind (intake/partial_returns.py).
insert into candidate.units_by_kind by name
with latest as (

    select
        feed,
        unit_key,
        source_kind,
        max(school_year) as school_year,
        max(school_code) as school_code,
        max(stage) as stage,
        max(submission) as submission
    from candidate.verdicts
    where feed = '{{ feed }}' and verdict = 'accepted' and unit_key is not null
    group by feed, unit_key, source_kind

),

several as (

    select unit_key
    from latest
    group by unit_key
    having count(*) > 1

),

-- rows that are put aside are listed, too: a wrong cell makes no list short
listed as (

    select
        l.unit_key,
        l.source_kind,
        {{ row_group }} as row_group,
        sum({{ row_weight }}) as listed_rows,
        max(case when w.sheet is not null then 1 else 0 end) as is_whole
    from candidate.verdicts as v
    inner join latest as l
        on v.unit_key = l.unit_key and v.source_kind = l.source_kind and v.submission = l.submission
    inner join several as s on v.unit_key = s.unit_key
    inner join candidate.{{ feed }} as c on v.row_id = c.row_id
    left join candidate.whole_sheets as w
        on
            v.feed = w.feed and v.submission = w.submission and v.source_file = w.source_file
            and v.sheet = w.sheet
    where v.feed = '{{ feed }}' and v.verdict <> 'repeated'
    group by l.unit_key, l.source_kind, {{ row_group }}

),

totals as (

    select
        unit_key,
        source_kind,
        sum(listed_rows) as listed_rows,
        max(is_whole) as is_whole
    from listed
    group by unit_key, source_kind

),

short as (

    select distinct
        own.unit_key,
        own.source_kind
    from totals as own
    inner join listed as other on own.unit_key = other.unit_key and own.source_kind <> other.source_kind
    inner join totals as other_total
        on other.unit_key = other_total.unit_key and other.source_kind = other_total.source_kind
    left join listed as same
        on own.unit_key = same.unit_key and own.source_kind = same.source_kind and other.row_group = same.row_group
    where own.is_whole = 0 and (same.unit_key is null or 2 * own.listed_rows < other_total.listed_rows)

)

select
    l.*,
    t.listed_rows,
    s.unit_key is not null as is_short,
    row_number() over (
        partition by l.unit_key
        order by s.unit_key is not null, p.precedence
    ) = 1 as is_in_force
from latest as l
left join totals as t on l.unit_key = t.unit_key and l.source_kind = t.source_kind
left join short as s on l.unit_key = s.unit_key and l.source_kind = s.source_kind
left join candidate.kept_orders as k on l.school_year = k.school_year
inner join candidate.precedence as p
    on
        l.feed = p.feed and l.source_kind = p.source_kind and p.column_name = ''
        and p.kept_year = coalesce(k.school_year, 0)
