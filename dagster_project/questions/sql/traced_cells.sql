-- sqlfluff:templater:jinja:context:has_corrections:true
-- Readings of the traced figure, one row per cell, with the school's name and the content that a correction replaced.
with single as (
    select
        * exclude (cells),
        row_number() over () as reading_number,
        unnest(case when cells is null then [null] else string_split(cells, ',') end) as signed_cell
    from lineage_readings
),

placed as (
    select
        * exclude (signed_cell),
        ltrim(signed_cell, '-') as cell,
        coalesce(signed_cell like '-%', false) as is_subtracted
    from single
)

select
    r.reading_number,
    r.role,
    r.factor,
    r.state,
    r.member_code,
    r.member_stage,
    r.feed,
    r.column_name,
    r.value,
    r.source_file,
    r.sheet,
    r.row_number,
    r.cell,
    r.is_subtracted,
    r.cell_count,
    r.roster_rows,
    r.sha256,
    r.received_at,
    r.submission,
    d.name_zh,
    {% if has_corrections %}
        cast(k.original as varchar) as original
    {% else %}
        cast(null as varchar) as original
    {% endif %}
from placed as r
left join marts.dim_schools as d on r.school_year = d.school_year and r.member_code = d.school_code
{% if has_corrections %}
    left join accepted.corrections as k -- noqa: ST11
        on
            r.school_year = k.school_year
            and r.feed = k.feed
            and r.column_name = k.column_name
            and r.source_file = k.source_file
            and r.sheet = coalesce(k.sheet, '')
            and r.cell = k.cell
{% endif %}
order by r.reading_number, length(r.cell), r.cell
