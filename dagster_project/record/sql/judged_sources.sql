-- What the suite on sources judges: the figure in force beside that of another source, and the figures that were not taken
-- because they don't fit. Pay isn't quoted.
with named as (

    select
        s.feed,
        s.row_id,
        s.column_name,
        s.column_zh,
        s.unit_zh,
        s.is_pay,
        s.source_zh as kind_zh,
        s.other_source_zh as other_kind_zh,
        case when s.is_pay then '不显示' else s.value end as used_value,
        case when s.is_pay then '不显示' else s.other_value end as other_value,
        concat_ws(' › ', s.source_file, nullif(s.sheet, ''), nullif(s.cells, '')) as place,
        concat_ws(
            ' › ', s.other_source_file, nullif(s.other_sheet, ''), nullif(s.other_cells, '')
        ) as other_place,
        s.value || '对' || s.other_value as both_values,
        s.beyond_tolerance,
        cast(null as bigint) as refused,
        cast(null as bigint) as displaced,
        '' as why_zh
    from accepted.source_comparisons as s
    where s.rule_code = 'SOURCES_DIFFER'

),

not_taken as (

    select
        r.feed,
        r.row_id,
        r.column_name,
        c.column_zh,
        c.unit_zh,
        c.least_pay is not null as is_pay,
        '' as kind_zh,
        k.kind_zh as other_kind_zh,
        '' as used_value,
        case when c.least_pay is not null then '不显示' else o.value end as other_value,
        '' as place,
        concat_ws(' › ', o.source_file, nullif(o.sheet, ''), nullif(o.cells, '')) as other_place,
        o.value as both_values,
        cast(null as double) as beyond_tolerance,
        cast(1 as bigint) as refused,
        cast(null as bigint) as displaced,
        r.message_zh as why_zh
    from candidate.refused_cells as r
    inner join candidate.columns as c on r.feed = c.feed and r.column_name = c.column_name
    inner join accepted.readings as o
        on r.feed = o.feed and r.taken_row_id = o.row_id and r.column_name = o.column_name
    inner join candidate.kinds as k on o.source_kind = k.source_kind
    where c.is_number

),

-- lists that would go first, and hold clearly less than the one in force; both, if that one lacks something of them, too
not_displaced as (

    select
        used.feed,
        min(own.row_id) as row_id,
        'school_code' as column_name,
        min(c.column_zh) as column_zh,
        '' as unit_zh,
        false as is_pay,
        min(k.kind_zh) as kind_zh,
        min(o.kind_zh) as other_kind_zh,
        cast(max(used.listed_rows) as varchar) as used_value,
        cast(max(short.listed_rows) as varchar) as other_value,
        min_by(concat_ws(' › ', own.source_file, nullif(own.sheet, '')), own.row_id) as place,
        min_by(concat_ws(' › ', their.source_file, nullif(their.sheet, '')), their.row_id) as other_place,
        max(used.listed_rows) || '对' || max(short.listed_rows) as both_values,
        cast(null as double) as beyond_tolerance,
        cast(null as bigint) as refused,
        cast(1 as bigint) as displaced,
        '' as why_zh
    from candidate.units_by_kind as used
    inner join candidate.units_by_kind as short
        on used.feed = short.feed and used.unit_key = short.unit_key and short.is_short and not short.is_in_force
    left join candidate.kept_orders as y on used.school_year = y.school_year
    inner join candidate.precedence as p
        on
            used.feed = p.feed and used.source_kind = p.source_kind and p.column_name = ''
            and p.kept_year = coalesce(y.school_year, 0)
    inner join candidate.precedence as q
        on
            short.feed = q.feed and short.source_kind = q.source_kind and q.column_name = ''
            and q.kept_year = coalesce(y.school_year, 0)
    inner join candidate.verdicts as own
        on
            used.feed = own.feed and used.unit_key = own.unit_key and used.source_kind = own.source_kind
            and used.submission = own.submission and own.verdict = 'accepted'
    inner join candidate.verdicts as their
        on
            short.feed = their.feed and short.unit_key = their.unit_key and short.source_kind = their.source_kind
            and short.submission = their.submission
    inner join candidate.columns as c on used.feed = c.feed and c.column_name = 'school_code'
    inner join candidate.kinds as k on used.source_kind = k.source_kind
    inner join candidate.kinds as o on short.source_kind = o.source_kind
    where used.is_in_force and (q.precedence < p.precedence or used.is_short)
    group by used.feed, used.unit_key, short.source_kind

)

select * from named
union all by name
select * from not_taken
union all by name
select * from not_displaced
