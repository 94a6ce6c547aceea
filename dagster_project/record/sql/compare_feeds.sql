-- sqlfluff:templater:jinja:context:feed:enrolment
-- sqlfluff:templater:jinja:context:column:students
-- sqlfluff:templater:jinja:context:stage:a.stage
-- sqlfluff:templater:jinja:context:other_feed:class_sizes
-- sqlfluff:templater:jinja:context:other_stage:b.stage
-- sqlfluff:templater:jinja:context:other_columns:["students"]
-- sqlfluff:templater:jinja:context:rule:ENROLMENT_DIFFERS_FROM_CLASSES
-- A figure of one feed beside the sum of figures of another, by school and stage; where a row lacks its figure, there is no
-- sum to compare with.
insert into accepted.source_comparisons by name
with figures as (

    select
        a.school_year,
        a.school_code,
        {{ stage }} as stage,
        a.row_id,
        cast(a.{{ column }} as double) as figure,
        a.source_file,
        a.sha256,
        a.sheet,
        a.row_number,
        a.part
    from accepted.{{ feed }} as a
    where a.{{ column }} is not null and a.stage = {{ stage }}

),

others as (

    select
        b.school_year,
        b.school_code,
        {{ other_stage }} as stage,
        {% for name in other_columns %}b.{{ name }}{{ " + " if not loop.last }}{% endfor %} as figure,
        b.source_file,
        b.sha256,
        b.sheet,
        b.row_number,
        b.part
    from accepted.{{ other_feed }} as b

),

letters as (

    select
        feed,
        column_name,
        source_file,
        sha256,
        sheet,
        part,
        letters,
        {{ own_sheet('letters', 'sheet') }} as own_sheet
    from accepted.column_maps
    where
        (feed = '{{ feed }}' and column_name = '{{ column }}')
        or (feed = '{{ other_feed }}' and column_name = '{{ other_columns[0] }}')

),

placed as (

    select
        o.*,
        coalesce(m.own_sheet, o.sheet) as own_sheet,
        {{ first_cell('m.letters', 'o.row_number') }} as cell
    from others as o
    left join letters as m
        on
            m.feed = '{{ other_feed }}' and o.source_file = m.source_file and o.sha256 = m.sha256
            and o.sheet = m.sheet and o.part = m.part

),

ordered as (

    select
        *,
        first_value(source_file) over places as first_file,
        first_value(own_sheet) over places as first_sheet
    from placed
    window places as (partition by school_year, school_code, stage order by source_file, sheet, row_number, part)

),

-- of many rows the first cell, and the last one of its sheet
sums as (

    select
        school_year,
        school_code,
        stage,
        case when count(*) = count(figure) then cast(sum(figure) as double) end as figure,
        arg_min(source_file, (source_file, sheet, row_number, part)) as source_file,
        arg_min(own_sheet, (source_file, sheet, row_number, part)) as sheet,
        concat_ws(
            ':',
            arg_min(cell, (source_file, sheet, row_number, part)),
            case
                when count(*) filter (where source_file = first_file and own_sheet = first_sheet) > 1
                    then arg_max(cell, (row_number, part)) filter (where source_file = first_file and own_sheet = first_sheet)
            end
        ) as cells
    from ordered
    group by school_year, school_code, stage

)

select
    f.school_year,
    f.school_code,
    f.stage,
    '' as row_name,
    '{{ feed }}' as feed,
    '{{ column }}' as column_name,
    c.column_zh,
    c.unit_zh,
    coalesce(abs(f.figure) >= c.least_pay, false) or coalesce(abs(o.figure) >= x.least_pay, false) as is_pay,
    f.row_id,
    '{{ rule }}' as rule_code,
    n.name_zh as source_zh,
    f.figure,
    f.source_file,
    coalesce(m.own_sheet, f.sheet) as sheet,
    {{ first_cell('m.letters', 'f.row_number') }} as cells,
    p.name_zh as other_source_zh,
    o.figure as other_figure,
    o.source_file as other_source_file,
    o.sheet as other_sheet,
    o.cells as other_cells,
    greatest(coalesce(t.absolute, d.absolute, 0), coalesce(t.relative, d.relative, 0) * abs(f.figure)) as tolerance
from figures as f
inner join sums as o on f.school_year = o.school_year and f.school_code = o.school_code and f.stage = o.stage
inner join candidate.columns as c on c.feed = '{{ feed }}' and c.column_name = '{{ column }}'
inner join candidate.columns as x on x.feed = '{{ other_feed }}' and x.column_name = '{{ other_columns[0] }}'
inner join accepted.feeds as n on n.feed = '{{ feed }}'
inner join accepted.feeds as p on p.feed = '{{ other_feed }}'
left join letters as m
    on
        m.feed = '{{ feed }}' and f.source_file = m.source_file and f.sha256 = m.sha256
        and f.sheet = m.sheet and f.part = m.part
left join candidate.tolerances as t on c.unit_zh = t.unit_zh
left join candidate.tolerances as d on d.unit_zh = 'default'
where o.figure is not null
