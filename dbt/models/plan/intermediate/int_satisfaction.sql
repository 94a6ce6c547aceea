-- Share satisfied with Wilson's interval at 95 %.
with surveys as (

    select
        *,
        cast(satisfied as double) / nullif(respondents, 0) as satisfied_share,
        cast(respondents as double) as n,
        cast(1.959963984540054 as double) as z
    from {{ ref('stg_satisfaction') }}

),

final as (

    select
        district_code,
        survey_round,
        surveyed_on,
        question,
        respondents,
        satisfied,
        satisfied_share,
        (
            satisfied_share + z * z / (2 * nullif(n, 0))
            - z * sqrt(satisfied_share * (1 - satisfied_share) / nullif(n, 0) + z * z / (4 * nullif(n * n, 0)))
        ) / (1 + z * z / nullif(n, 0)) as satisfied_share_low,
        (
            satisfied_share + z * z / (2 * nullif(n, 0))
            + z * sqrt(satisfied_share * (1 - satisfied_share) / nullif(n, 0) + z * z / (4 * nullif(n * n, 0)))
        ) / (1 + z * z / nullif(n, 0)) as satisfied_share_high
    from surveys

)

select * from final
