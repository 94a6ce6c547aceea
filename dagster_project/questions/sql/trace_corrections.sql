-- Corrections of cells behind a traced figure.
select distinct
    k.school_year,
    k.feed,
    k.school_code,
    k.column_name,
    k.source_file,
    k.sheet,
    k.cell,
    k.original,
    k.value,
    k.reason
from accepted.corrections as k
inner join lineage_readings as r
    on
        k.school_year = r.school_year
        and k.feed = r.feed
        and k.column_name = r.column_name
        and k.source_file = r.source_file
        and coalesce(k.sheet, '') = r.sheet
        and list_contains(string_split(r.cells, ','), k.cell)
order by all
