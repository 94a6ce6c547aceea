-- Quarantined rows that no later return has replaced.
update accepted.build_context
set
    rows_to_correct = (
        select count(distinct concat_ws('|', feed, source_file, sha256, sheet, row_number))
        from candidate.listed_rows
    )
