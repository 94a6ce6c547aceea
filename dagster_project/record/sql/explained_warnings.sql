-- Warnings that the row's school or district explained: the same rule, owner, year and value. Another value opens the
-- warning again.
create table candidate.explained as
with warned as (

    select
        x.feed,
        x.row_id,
        x.rule_code,
        x.column_name,
        x.observed,
        v.school_code,
        v.district_code,
        v.school_year
    from candidate.failures as x
    inner join candidate.rows_in_force as i on x.feed = i.feed and x.row_id = i.row_id
    inner join candidate.verdicts as v on x.feed = v.feed and x.row_id = v.row_id
    where x.rule_class = 'experience'

)

select
    w.feed,
    w.row_id,
    w.rule_code,
    w.column_name,
    w.observed,
    e.feed as explanation_feed,
    e.row_id as explanation_row_id,
    e.submission
from warned as w
inner join candidate.explanations_of_all as e
    on
        w.rule_code = e.rule_code and w.school_year = e.explained_year
        and coalesce(w.school_code, w.district_code) = coalesce(e.school_code, e.district_code)
        and coalesce(
            -- the warning prints two decimals
            abs(try_cast(replace(e.explained_value, ',', '') as double) - try_cast(w.observed as double)) <= 0.005,
            w.observed = e.explained_value
        )
