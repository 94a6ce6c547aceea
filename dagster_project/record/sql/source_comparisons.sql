-- What is in force beside what each other source says of it: figures with the difference that is allowed, texts in the
-- words of returns.
insert into accepted.source_comparisons by name
with figures as (

    select
        r.* exclude (value), -- noqa: RF02
        coalesce(w.word_zh, r.value) as value,
        c.column_zh,
        coalesce(abs(try_cast(r.value as double)) >= c.least_pay, false) as is_pay,
        c.unit_zh,
        case when c.is_number then try_cast(r.value as double) end as figure
    from accepted.readings as r
    inner join candidate.columns as c on r.feed = c.feed and r.column_name = c.column_name
    left join candidate.choices as w
        on r.feed = w.feed and r.column_name = w.column_name and r.value = w.value
    where (c.is_number or c.is_compared_text) and r.key_row_id is not null

)

select
    a.school_year,
    a.school_code,
    a.district_code,
    a.stage,
    a.row_name,
    a.feed,
    a.column_name,
    a.column_zh,
    a.unit_zh,
    a.is_pay or b.is_pay as is_pay,
    a.key_row_id as row_id,
    'SOURCES_DIFFER' as rule_code,
    k.kind_zh as source_zh,
    a.figure,
    a.value,
    a.source_file,
    a.sheet,
    a.cells,
    o.kind_zh as other_source_zh,
    b.figure as other_figure,
    b.value as other_value,
    b.source_file as other_source_file,
    b.sheet as other_sheet,
    b.cells as other_cells,
    case when a.figure is null then candidate.text_key(a.value) = candidate.text_key(b.value) end as says_the_same,
    greatest(
        coalesce(t.absolute, d.absolute, 0),
        coalesce(t.relative, d.relative, 0) * abs(a.figure)
    ) as tolerance
from figures as a
inner join figures as b
    on a.feed = b.feed and a.key_row_id = b.key_row_id and a.column_name = b.column_name and not b.in_force
inner join candidate.kinds as k on a.source_kind = k.source_kind
inner join candidate.kinds as o on b.source_kind = o.source_kind
left join candidate.tolerances as t on a.unit_zh = t.unit_zh
left join candidate.tolerances as d on d.unit_zh = 'default'
where a.in_force
