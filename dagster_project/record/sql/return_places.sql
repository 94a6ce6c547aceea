-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:school_code:c.school_code
-- sqlfluff:templater:jinja:context:own_district:cast(null as varchar)
-- sqlfluff:templater:jinja:context:observed_on:make_date(c.school_year, 9, 1)
-- Where the rows in force stand, per owner, day that they speak of, and sheet: the block of cells from the first row to
-- the last. Cells between them may belong to somebody else's rows.
insert into accepted.return_places by name
with placed as (

    select
        {{ school_code }} as school_code,
        {{ own_district }} as district_code,
        {{ observed_on }} as observed_on,
        c.source_file,
        c.sha256,
        c.sheet,
        min(c.row_number) as first_row,
        max(c.row_number) as last_row,
        count(*) as source_rows
    from accepted.{{ feed }} as c
    group by all

),

letters as (

    -- of forms, a value has cells of its own, perhaps in another sheet (`Sheet!C9,-C10`)
    select
        m.source_file,
        m.sha256,
        m.sheet,
        {{ own_sheet('m.letters', 'm.sheet') }} as own_sheet,
        unnest(string_split(replace({{ places_of('m.letters') }}, '-', ''), ',')) as letter
    from accepted.column_maps as m
    where m.feed = '{{ feed }}'

),

columns_read as (

    select
        source_file,
        sha256,
        sheet,
        own_sheet,
        bool_or(regexp_matches(letter, '[0-9]$')) as has_own_cells,
        arg_min(letter, (length(letter), letter)) as first_letter,
        arg_max(letter, (length(letter), letter)) as last_letter,
        string_agg(distinct letter, ',' order by letter) as own_cells
    from letters
    group by all

)

select
    '{{ feed }}' as feed,
    p.school_code,
    p.district_code,
    p.observed_on,
    p.source_file,
    coalesce(r.own_sheet, p.sheet) as sheet,
    p.source_rows,
    case
        when r.has_own_cells then r.own_cells
        else r.first_letter || p.first_row || ':' || r.last_letter || p.last_row
    end as cells
from placed as p
left join columns_read as r on p.source_file = r.source_file and p.sha256 = r.sha256 and p.sheet = r.sheet
