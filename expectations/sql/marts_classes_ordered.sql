select
    school_year,
    district_code,
    stage,
    classes - classes_over_standard as observed
from marts.fct_district_class_sizes
