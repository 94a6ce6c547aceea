-- sqlfluff:templater:jinja:context:feed:rectification_tasks
-- sqlfluff:templater:jinja:context:columns_known:c.target_value
-- sqlfluff:templater:jinja:context:columns_stated:c.target_value
-- sqlfluff:templater:jinja:context:counts_from:r.received_on
-- What was stated of a key, sent anew, and until which day each statement held: until the day on which the next one came;
-- the first one holds from the beginning. What happened, and when, is known from the newest row.
create table candidate.versions_of_{{ feed }} as
with sent as (

    select
        v.unit_key,
        v.row_id,
        v.submission,
        row_number() over (partition by v.unit_key order by v.submission) as place,
        first_value(v.row_id) over (partition by v.unit_key order by v.submission desc) as newest_row_id,
        {{ counts_from }} as counts_from,
        b.as_of,
        row({{ columns_stated }}) as stated
    from candidate.verdicts as v
    inner join candidate.units_in_force as u
        on v.feed = u.feed and v.unit_key = u.unit_key and v.source_kind = u.source_kind
    inner join candidate.{{ feed }} as c on v.row_id = c.row_id
    inner join candidate.received_submissions as r on v.submission = r.submission
    cross join accepted.build_context as b
    where v.feed = '{{ feed }}' and v.verdict = 'accepted'

),

-- of what came on one day the last holds
known as (

    select
        sent.*,
        lag(sent.stated) over (partition by sent.unit_key order by sent.place) as stated_before
    from sent
    where sent.place = 1 or sent.counts_from <= sent.as_of
    qualify
        sent.place = 1
        or row_number() over (partition by sent.unit_key, sent.counts_from order by sent.place desc) = 1

),

changed as (

    select * from known
    where place = 1 or stated is distinct from stated_before

),

dated as (

    select
        *,
        lead(counts_from) over (partition by unit_key order by place) as replaced_on
    from changed

)

select
    v.newest_row_id,
    v.row_id,
    v.replaced_on,
    c.school_year,
    {{ columns_known }},
    c.source_file,
    c.sha256,
    c.sheet,
    c.row_number,
    c.part
from dated as v
inner join candidate.{{ feed }} as c on v.row_id = c.row_id
inner join candidate.{{ feed }} as n on v.newest_row_id = n.row_id
