-- Whether two sources agree within the tolerance, and whether a difference is explained.
update accepted.source_comparisons as s
set
    status = case
        when s.beyond_tolerance = 0 then 'agreeing'
        when exists (
            select 1 from candidate.explained as e
            where
                e.feed = s.feed and e.row_id = s.row_id and e.rule_code = s.rule_code
                -- one rule warns of all columns that several sources give
                and (
                    s.rule_code <> 'SOURCES_DIFFER'
                    or (e.column_name = s.column_name and e.observed = s.value || '对' || s.other_value)
                )
        ) then 'explained'
        else 'different'
    end
