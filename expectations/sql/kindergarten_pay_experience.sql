-- sqlfluff:templater:jinja:context:rows:accepted.kindergarten_pay
select
    r.row_id,
    r.in_post_annual_pay_yuan / nullif(r.in_post_teachers, 0) as in_post_mean,
    r.temporary_annual_pay_yuan / nullif(r.temporary_teachers, 0) as temporary_mean,
    case
        when p.staff >= 15 then abs(r.staff / cast(p.staff as double) - 1)
    end as staff_change,
    round(100 * abs(r.staff / nullif(cast(p.staff as double), 0) - 1)) as staff_change_percent,
    p.staff as previous_staff
from {{ rows }} as r
left join accepted.kindergarten_pay as p on p.school_year = r.school_year - 1 and r.school_code = p.school_code
