-- Files, sheets, columns and rows that reached no figure; blank cells and warnings about values are not among them. A file
-- is not used if none of its sheets is; of any other file it is the sheet.
with used as (

    select distinct source_file from marts.fct_submissions
    where status = 'accepted'

)

select
    source_file,
    sheet,
    cell,
    severity,
    rule_code,
    case
        when severity in ('reject_file', 'hold') or rule_code = 'ALREADY_RECEIVED'
            then case when sheet <> '' and source_file in (select used.source_file from used) then 'sheet' else 'file' end
        when rule_code in ('UNRECOGNISED_SHEET', 'HIDDEN_SHEET') then 'sheet'
        when rule_code = 'UNMAPPED_COLUMN' then 'column'
        else 'row'
    end as what,
    message_zh as why
from marts.fct_problems
where
    severity <> 'warn'
    or rule_code in (
        'UNRECOGNISED_SHEET', 'HIDDEN_SHEET', 'UNMAPPED_COLUMN', 'TEXT_OUTSIDE_TABLE', 'ALREADY_RECEIVED'
    )
order by
    case severity when 'reject_file' then 0 when 'hold' then 1 when 'quarantine_row' then 2 else 3 end,
    source_file,
    sheet,
    cell
