-- Source cells of the indicators as JSON, by the part (data file) of their school: one row per figure and reported
-- value. Files and sheets, and feeds and columns, are listed once per part; a row names them by their number.
with placed as (
    select
        p.district_code,
        p.part,
        r.school_year,
        r.school_code,
        r.stage,
        i.number as indicator,
        r.role,
        r.sort_order,
        r.factor,
        r.state,
        r.value,
        r.member_code,
        r.member_stage,
        r.row_number,
        coalesce(r.cells, replace(r.roster_rows, '{n}', ' ' || cast(cast(r.value as bigint) as varchar) || ' ')) as cells,
        h.heading_zh,
        r.source_file,
        r.sheet,
        dense_rank() over (partition by p.district_code, p.part order by r.source_file, r.sheet) - 1 as place,
        dense_rank() over (partition by p.district_code, p.part order by r.feed, h.heading_zh) - 1 as heading,
        r.feed
    from site_readings as r
    inner join site_parts as p on r.school_code = p.school_code
    inner join site_indicators as i on r.indicator_code = i.indicator_code
    left join site_headings as h on r.feed = h.feed and r.column_name = h.column_name
),

different_places as (
    select distinct
        district_code,
        part,
        place,
        source_file,
        sheet
    from placed
),

places as (
    select
        district_code,
        part,
        list(json_array(source_file, sheet) order by place) as places
    from different_places
    group by district_code, part
),

different_headings as (
    select distinct
        district_code,
        part,
        heading,
        feed,
        heading_zh
    from placed
),

headings as (
    select
        district_code,
        part,
        list(json_array(feed, heading_zh) order by heading) as headings
    from different_headings
    group by district_code, part
),

listed as (
    select
        district_code,
        part,
        list(
            json_array(
                school_year,
                school_code,
                stage,
                indicator,
                role,
                factor,
                state,
                value,
                case when member_code <> school_code then member_code end,
                case when member_stage <> stage then member_stage end,
                heading,
                place,
                row_number,
                cells
            )
            order by
                school_year asc,
                school_code asc,
                stage asc,
                indicator asc,
                role desc,
                sort_order asc,
                member_code asc,
                member_stage asc,
                cells asc,
                place asc,
                row_number asc
        ) as found
    from placed
    group by district_code, part
)

select
    listed.district_code,
    listed.part,
    cast(
        to_json({
            'columns': [
                'school_year',
                'school_code',
                'stage',
                'indicator',
                'role',
                'factor',
                'state',
                'value',
                'member_code',
                'member_stage',
                'heading',
                'place',
                'row_number',
                'cells'
            ],
            'places': places.places,
            'headings': headings.headings,
            'rows': listed.found
        }) as varchar
    ) as cells
from listed
inner join places on listed.district_code = places.district_code and listed.part = places.part
inner join headings on listed.district_code = headings.district_code and listed.part = headings.part
order by listed.district_code, listed.part
