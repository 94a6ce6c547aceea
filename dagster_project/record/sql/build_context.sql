-- sqlfluff:templater:jinja:context:as_of:'2024-12-31'
-- sqlfluff:templater:jinja:context:received_at:'2025-01-10 08:00:00'
-- The day that the build is about, and the last day whose events the returns can know.
create table accepted.build_context as
select
    cast({{ as_of }} as date) as as_of,
    greatest(cast({{ as_of }} as date), cast(cast({{ received_at }} as timestamp) as date)) as known_until
