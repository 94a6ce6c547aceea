-- sqlfluff:templater:jinja:context:as_of:'2024-12-31'
-- sqlfluff:templater:jinja:context:received_on:'2025-01-10'
-- The day that the build is about, the last day whose events the returns can know, and the number of quarantined rows
-- that are still to be corrected (filled in when all feeds are settled).
create table accepted.build_context as
select
    cast({{ as_of }} as date) as as_of,
    greatest(cast({{ as_of }} as date), cast({{ received_on }} as date)) as known_until,
    cast(0 as bigint) as rows_to_correct
