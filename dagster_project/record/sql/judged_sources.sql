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
        r.message_zh as why_zh
    from candidate.refused_cells as r
    inner join candidate.columns as c on r.feed = c.feed and r.column_name = c.column_name
    inner join accepted.readings as o
        on r.feed = o.feed and r.taken_row_id = o.row_id and r.column_name = o.column_name
    inner join candidate.kinds as k on o.source_kind = k.source_kind
    where c.is_number

)

select * from named
union all by name
select * from not_taken
