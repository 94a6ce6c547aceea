-- sqlfluff:templater:jinja:context:rows:candidate.kindergarten_pay_judged
select
    r.row_id,
    r.fully_insured_staff - r.staff as fully_insured_staff_above_staff,
    coalesce(r.in_post_teachers, 0) + coalesce(r.temporary_teachers, 0) - r.staff as teachers_above_staff,
    r.in_post_annual_pay_yuan <= 0 or r.in_post_teachers <> 0 as in_post_heads_for_pay,
    r.temporary_annual_pay_yuan <= 0 or r.temporary_teachers <> 0 as temporary_heads_for_pay
from {{ rows }} as r
