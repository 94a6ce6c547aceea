-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:school_code:c.school_code
-- sqlfluff:templater:jinja:context:own_district:c.district_code
-- sqlfluff:templater:jinja:context:school_name:c.school_name
-- sqlfluff:templater:jinja:context:stage:c.stage
-- sqlfluff:templater:jinja:context:unit_key:c.school_code
insert into candidate.verdicts by name
-- a row of a sheet may give several rows of a feed; a fault in one quarantines all of them
with spoilt as (

    select distinct
        c.submission,
        c.sha256,
        c.sheet,
        c.row_number
    from candidate.{{ feed }} as c
    left join candidate.failures as f
        on c.row_id = f.row_id and f.feed = '{{ feed }}' and f.severity = 'quarantine_row'
    where c.has_fault or f.row_id is not null

)

select
    '{{ feed }}' as feed,
    c.row_id,
    c.submission,
    c.sha256,
    c.source_file,
    c.sheet,
    c.row_number,
    c.part,
    c.source_kind,
    c.school_year,
    {{ school_code }} as school_code,
    {{ own_district }} as district_code,
    {{ school_name }} as school_name,
    {{ stage }} as stage,
    {{ unit_key }} as unit_key,
    case
        when s.row_number is not null then 'quarantined'
        when x.is_repeated then 'repeated'
        else 'accepted'
    end as verdict
from candidate.{{ feed }} as c
inner join candidate.context as x on c.row_id = x.row_id and x.feed = '{{ feed }}'
left join spoilt as s
    on
        c.submission = s.submission and c.sha256 = s.sha256 and c.sheet = s.sheet
        and c.row_number = s.row_number
