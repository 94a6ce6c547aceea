-- A text file holds nothing but its figures: who knows all of them but one pay can try out its fingerprint. Such a
-- fingerprint is delivered as a number.
create temp table withheld_fingerprints as
select
    sha256,
    'withheld-' || row_number() over (order by min(submission), min(source_file)) as delivered
from analyst.accepted.submissions
where feed = 'kindergarten_pay' and sheet = ''
group by sha256
