-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:c.school_code, c.stage
-- sqlfluff:templater:jinja:context:blanks:null as school_code, null as stage
-- sqlfluff:templater:jinja:context:files:raw.staffing
-- sqlfluff:templater:jinja:context:school_code:c.school_code
insert into candidate.{{ feed }} by name
-- files written before the feed got a column lack it: it is blank in their rows
with written as (

    select {{ blanks }}
    where false
    union all by name
    select * from {{ files }}

),

received as (

    select
        c.sha256,
        c.source_file,
        c.sheet,
        c.row_number,
        c.part,
        c.has_fault,
        c.lookup_name,
        c.school_year,
        {{ columns }},
        coalesce(h.effective, c.submission) as submission,
        coalesce(k.source_kind, 'own_template') as source_kind
    from written as c
    left join candidate.held_sheets as h
        on
            h.feed = '{{ feed }}' and c.submission = h.submission
            and c.source_file = h.source_file and c.sheet = h.sheet
            and (h.school_code is null or coalesce({{ school_code }}, c.lookup_name) = h.school_code)
    left join candidate.source_kinds as k
        on
            k.feed = '{{ feed }}' and c.submission = k.submission
            and c.source_file = k.source_file and c.sheet = k.sheet
    where h.submission is null or h.effective is not null

)

select
    *,
    row_number() over (order by submission, source_file, sheet, row_number, part) as row_id
from received
