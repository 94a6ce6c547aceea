-- a district that the region's list doesn't name is not compared
with deliveries as (

    select *
    from {{ source('region_state', 'districts') }}
    where is_expected

),

measured as (

    select measured.*
    from {{ ref('int_region_measured') }} as measured
    inner join deliveries on measured.district_code = deliveries.district_code

),

years as (

    select distinct school_year from measured

),

-- districts that have a figure, by year
owned as (

    select
        school_year,
        figure_code,
        stage,
        count(*) as districts
    from measured
    where status <> 'not_available'
    group by school_year, figure_code, stage

),

most as (

    select
        figure_code,
        stage,
        max(districts) as districts
    from owned
    group by figure_code, stage

),

-- the newest year that most districts have: the first one with a new year is not compared with nobody
compared as (

    select
        owned.figure_code,
        owned.stage,
        max(owned.school_year) as school_year
    from owned
    inner join most on owned.figure_code = most.figure_code and owned.stage = most.stage
    where 2 * owned.districts > most.districts
    group by owned.figure_code, owned.stage

),

newest as (

    select max(school_year) as school_year
    from years

),

-- every district has a row for every figure of every year: what is not there has a reason
due as (

    select
        years.school_year,
        deliveries.district_code,
        deliveries.district_zh,
        deliveries.status as delivery_status,
        figures.figure_code,
        figures.stage,
        figures.name_zh as figure_zh,
        figures.unit_zh,
        figures.scale,
        figures.decimals,
        figures.direction,
        figures.missing_zh,
        figures.parts_zh,
        years.school_year = coalesce(compared.school_year, newest.school_year) as is_compared,
        figures.sort_order
    from years
    cross join deliveries
    cross join {{ ref('region_figures') }} as figures
    cross join newest
    left join compared on figures.figure_code = compared.figure_code and figures.stage = compared.stage

),

filled as (

    select
        due.*,
        measured.numerator,
        measured.denominator,
        measured.value,
        measured.missing,
        measured.undetermined,
        measured.observed_on,
        coalesce(measured.status, 'not_available') as status,
        case
            when due.delivery_status in ('missing', 'broken', 'failed') then due.delivery_status
            when measured.status is null then 'no_returns'
            when measured.status in ('suppressed', 'not_applicable') then measured.status
            when measured.missing > 0 then 'incomplete'
            when measured.status in ('undetermined', 'not_available') then 'incomplete'
            else 'complete'
        end as reason_code
    from due
    left join measured
        on
            due.school_year = measured.school_year
            and due.district_code = measured.district_code
            and due.figure_code = measured.figure_code
            and due.stage = measured.stage

),

-- where a share would be if all that is open went the one way or the other
bounded as (

    select
        *,
        case
            when status = 'available' then value
            when status = 'undetermined' then numerator / nullif(denominator + undetermined, 0)
        end as value_low,
        case
            when status = 'available' then value
            when status = 'undetermined' then (numerator + undetermined) / nullif(denominator + undetermined, 0)
        end as value_high
    from filled

),

-- larger is better; without a bound a district may be anywhere
scored as (

    select
        *,
        case
            when direction = 'at_most' then -coalesce(value_low, cast(-1e300 as double))
            else coalesce(value_high, cast(1e300 as double))
        end as best_score,
        case
            when direction = 'at_most' then -coalesce(value_high, cast(1e300 as double))
            else coalesce(value_low, cast(-1e300 as double))
        end as worst_score
    from bounded
    where status in ('available', 'undetermined') and direction in ('at_least', 'at_most')

),

ranked as (

    select
        own.school_year,
        own.district_code,
        own.figure_code,
        own.stage,
        count(*) as districts_ranked,
        1 + sum(case when not {{ reaches('own.best_score', 'rivals.worst_score') }} then 1 else 0 end) as rank_best,
        1 + sum(
            case
                when own.district_code <> rivals.district_code and not {{ reaches('own.worst_score', 'rivals.best_score') }}
                    then 1
                else 0
            end
        ) as rank_worst
    from scored as own
    inner join scored as rivals
        on
            own.school_year = rivals.school_year
            and own.figure_code = rivals.figure_code
            and own.stage = rivals.stage
    group by own.school_year, own.district_code, own.figure_code, own.stage

),

final as (

    select
        bounded.school_year,
        bounded.district_code,
        bounded.district_zh,
        bounded.figure_code,
        bounded.stage,
        bounded.figure_zh,
        bounded.numerator,
        bounded.denominator,
        bounded.value,
        bounded.value_low,
        bounded.value_high,
        bounded.status,
        bounded.reason_code,
        case when bounded.reason_code = 'incomplete' and bounded.missing > 0 then bounded.missing end as missing,
        case when bounded.reason_code = 'incomplete' and bounded.missing > 0 then bounded.missing_zh end as missing_zh,
        bounded.undetermined,
        cast(ranked.rank_best as bigint) as rank_best,
        cast(ranked.rank_worst as bigint) as rank_worst,
        case
            when ranked.rank_best = ranked.rank_worst then cast(ranked.rank_best as string)
            when ranked.rank_best < ranked.rank_worst
                then concat(cast(ranked.rank_best as string), '–', cast(ranked.rank_worst as string))
        end as rank_text,
        ranked.districts_ranked,
        bounded.observed_on,
        bounded.unit_zh,
        bounded.scale,
        bounded.decimals,
        bounded.parts_zh,
        bounded.is_compared,
        bounded.sort_order
    from bounded
    left join ranked
        on
            bounded.school_year = ranked.school_year
            and bounded.district_code = ranked.district_code
            and bounded.figure_code = ranked.figure_code
            and bounded.stage = ranked.stage

)

select * from final
