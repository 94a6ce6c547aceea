-- Cells that would have been taken into rows that fail a rule then, with the first rule.
insert into candidate.refused_cells by name
with first_rules as (

    select
        feed,
        row_id,
        min_by(message_zh, rule_code) as message_zh
    from candidate.misfits
    group by feed, row_id

)

select
    t.feed,
    t.row_id,
    t.column_name,
    t.taken_row_id,
    m.message_zh
from candidate.taken_cells as t
inner join first_rules as m on t.feed = m.feed and t.row_id = m.row_id
