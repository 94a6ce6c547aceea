-- who is hidden from the committee, and what must be hidden with it so that no total gives it away
with pay as (

    select
        school_year,
        district_code,
        coalesce(ownership, '') as ownership,
        school_code,
        coalesce(in_post_heads, 0) as in_post_heads,
        coalesce(temporary_heads, 0) as temporary_heads,
        {{ is_too_few('coalesce(in_post_heads, 0)') }} or {{ is_too_few('coalesce(temporary_heads, 0)') }} as is_small
    from {{ ref('int_kindergarten_pay') }}

),

-- the small ones first, then the others by size; kindergartens with both kinds of teachers hide the most
ranked as (

    select
        *,
        row_number() over (
            partition by school_year, district_code, ownership
            order by
                case when is_small then 0 when in_post_heads > 0 and temporary_heads > 0 then 1 else 2 end,
                in_post_heads + temporary_heads nulls last,
                school_code nulls last
        ) as place
    from pay
    where in_post_heads + temporary_heads > 0

),

-- what would be hidden if everything up to a place were
hidden_so_far as (

    select
        school_year,
        district_code,
        ownership,
        place,
        is_small,
        sum(case when in_post_heads > 0 then 1 else 0 end) over up_to_here as in_post_kindergartens,
        sum(in_post_heads) over up_to_here as in_post_heads,
        sum(case when temporary_heads > 0 then 1 else 0 end) over up_to_here as temporary_kindergartens,
        sum(temporary_heads) over up_to_here as temporary_heads
    from ranked
    window up_to_here as (
        partition by school_year, district_code, ownership
        order by place nulls last rows between unbounded preceding and current row
    )

),

small as (

    select
        school_year,
        district_code,
        ownership,
        max(place) as last_small
    from ranked
    where is_small
    group by school_year, district_code, ownership

),

-- the shortest hidden list from which no kind of pay can be worked out by subtraction
enough as (

    select
        small.school_year,
        small.district_code,
        small.ownership,
        small.last_small,
        min(
            case
                when hidden.place < small.last_small then null
                when hidden.in_post_kindergartens = 1 or {{ is_too_few('hidden.in_post_heads') }} then null
                when hidden.temporary_kindergartens = 1 or {{ is_too_few('hidden.temporary_heads') }} then null
                else hidden.place
            end
        ) as last_hidden
    from small
    inner join hidden_so_far as hidden
        on
            small.school_year = hidden.school_year
            and small.district_code = hidden.district_code
            and small.ownership = hidden.ownership
    group by small.school_year, small.district_code, small.ownership, small.last_small

),

final as (

    select
        pay.school_year,
        pay.district_code,
        pay.ownership,
        pay.school_code,
        pay.is_small,
        coalesce(ranked.place > enough.last_small and ranked.place <= enough.last_hidden, false)
            as is_companion,
        -- no companion to hide behind: the total of the owner must go instead
        enough.last_small is not null and enough.last_hidden is null as is_total_exposed
    from pay
    left join ranked
        on
            pay.school_year = ranked.school_year
            and pay.school_code = ranked.school_code
    left join enough
        on
            pay.school_year = enough.school_year
            and pay.district_code = enough.district_code
            and pay.ownership = enough.ownership

)

select * from final
