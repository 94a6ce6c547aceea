-- Cells of rows in force whose value another source gives, because their own is blank or that source goes first for the
-- column.
insert into candidate.taken_cells by name
with ranked as (

    select
        r.*,
        row_number() over (
            partition by r.key_row_id, r.column_name
            order by coalesce(c.precedence, f.precedence), r.row_id
        ) as place
    from candidate.readings as r
    left join candidate.kept_orders as k on r.school_year = k.school_year
    inner join candidate.precedence as f
        on
            r.feed = f.feed and r.source_kind = f.source_kind and f.column_name = ''
            and f.kept_year = coalesce(k.school_year, 0)
    left join candidate.precedence as c
        on
            r.feed = c.feed and r.source_kind = c.source_kind and r.column_name = c.column_name
            and c.kept_year = coalesce(k.school_year, 0)
    where r.feed = $1 and r.key_row_id is not null

)

select
    feed,
    key_row_id as row_id,
    column_name,
    row_id as taken_row_id
from ranked
where place = 1 and row_id <> key_row_id
