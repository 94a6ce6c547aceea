-- sqlfluff:templater:jinja:context:rows:candidate.staffing_judged
with summed as (

    select
        row_id,
        coalesce(pe_teachers, 0) + coalesce(music_teachers, 0) + coalesce(fine_art_teachers, 0)
        + coalesce(other_art_teachers, 0) as pe_art_teachers
    from {{ rows }}

)

select
    r.row_id,
    r.above_required_degree_teachers - r.full_time_teachers as above_required_degree_teachers_above_full_time_teachers,
    r.backbone_teachers - r.full_time_teachers as backbone_teachers_above_full_time_teachers,
    r.certified_teachers - r.full_time_teachers as certified_teachers_above_full_time_teachers,
    r.trained_360_hours_teachers - r.full_time_teachers as trained_360_hours_teachers_above_full_time_teachers,
    r.rotation_eligible_teachers - r.full_time_teachers as rotation_eligible_teachers_above_full_time_teachers,
    r.rotated_teachers - r.rotation_eligible_teachers as rotated_teachers_above_rotation_eligible_teachers,
    r.rotated_backbone_teachers - r.rotated_teachers as rotated_backbone_teachers_above_rotated_teachers,
    s.pe_art_teachers,
    s.pe_art_teachers - r.full_time_teachers as pe_art_above_total
from {{ rows }} as r
inner join summed as s on r.row_id = s.row_id
