-- sqlfluff:templater:jinja:context:rows:candidate.vocational_enrolment_judged
select
    r.row_id,
    r.specialised_teachers - r.full_time_teachers as specialised_teachers_above_full_time_teachers,
    r.dual_qualified_teachers - r.full_time_teachers as dual_qualified_teachers_above_full_time_teachers,
    r.dual_qualified_teachers - r.specialised_teachers as dual_qualified_teachers_above_specialised_teachers,
    r.senior_title_teachers - r.full_time_teachers as senior_title_teachers_above_full_time_teachers,
    r.owned_campus_area_m2 - r.campus_area_m2 as owned_campus_area_m2_above_campus_area_m2,
    r.owned_floor_area_m2 - r.floor_area_m2 as owned_floor_area_m2_above_floor_area_m2
from {{ rows }} as r
