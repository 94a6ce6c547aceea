select
    school_year,
    feed,
    school_code,
    stage,
    source_file,
    class,
    rule_code,
    column_zh,
    status,
    opened_at,
    reopened_at,
    mended_at,
    explained_at,
    times_reopened,
    days_standing
from {{ source('accepted', 'problem_ages') }}
