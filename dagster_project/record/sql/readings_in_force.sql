-- Every reading of a figure that several kinds of sources give, with its cells (`D5`; `D5,E5` for a sum).
insert into accepted.readings by name
select
    r.school_year,
    r.school_code,
    r.district_code,
    r.stage,
    r.row_name,
    r.feed,
    r.column_name,
    r.source_kind,
    -- whole figures without the decimals of their type
    regexp_replace(r.value, '\.0$', '') as value,
    v.source_file,
    v.sha256,
    v.sheet as sheet_of_row,
    v.row_number,
    v.part,
    {{ own_sheet('m.letters', 'v.sheet') }} as sheet,
    {{ all_cells('m.letters', 'v.row_number') }} as cells,
    r.row_id,
    r.key_row_id,
    r.key_row_id is not null and r.row_id = coalesce(t.taken_row_id, r.key_row_id) as in_force
from candidate.readings as r
inner join candidate.verdicts as v on r.feed = v.feed and r.row_id = v.row_id
left join accepted.column_maps as m
    on
        r.feed = m.feed and v.source_file = m.source_file and v.sha256 = m.sha256
        and v.sheet = m.sheet and v.part = m.part and r.column_name = m.column_name
left join candidate.taken_cells as t
    on r.feed = t.feed and r.key_row_id = t.row_id and r.column_name = t.column_name
left join candidate.later_rows as l on r.feed = l.feed and r.row_id = l.row_id
where l.row_id is null
