-- Share satisfied with Wilson's interval at 95 %.
with surveys as (

    select
        *,
        cast(satisfied as double) / nullif(respondents, 0) as satisfied_share
    from {{ ref('stg_satisfaction') }}

),

final as (

    select
        district_code,
        survey_round,
        surveyed_on,
        surveyed_by,
        question,
        respondents,
        satisfied,
        satisfied_share,
        {{ wilson_low('satisfied_share', 'respondents') }} as satisfied_share_low,
        {{ wilson_high('satisfied_share', 'respondents') }} as satisfied_share_high
    from surveys

)

select * from final
