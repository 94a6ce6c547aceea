-- who is hidden from the committee, and what must be hidden with it so that no total gives it away
with pay as (

    select
        *,
        coalesce(in_post_heads, 0) between 1 and 2 or coalesce(temporary_heads, 0) between 1 and 2 as is_small
    from {{ ref('int_kindergarten_pay') }}

),

-- per owner: what is hidden because it is small
hidden as (

    select
        school_year,
        district_code,
        ownership,
        sum(case when is_small and in_post_heads > 0 then 1 else 0 end) as hidden_in_post_kindergartens,
        sum(case when is_small then coalesce(in_post_heads, 0) else 0 end) as hidden_in_post_heads,
        sum(case when is_small and temporary_heads > 0 then 1 else 0 end) as hidden_temporary_kindergartens,
        sum(case when is_small then coalesce(temporary_heads, 0) else 0 end) as hidden_temporary_heads
    from pay
    group by school_year, district_code, ownership

),

-- the smallest of the others, with both kinds of teachers, join the hidden ones where these stand alone
ranked as (

    select
        pay.school_year,
        pay.district_code,
        pay.ownership,
        pay.school_code,
        row_number() over (
            partition by pay.school_year, pay.district_code, pay.ownership
            order by
                case when pay.in_post_heads > 0 and pay.temporary_heads > 0 then 0 else 1 end,
                coalesce(pay.in_post_heads, 0) + coalesce(pay.temporary_heads, 0), pay.school_code
        ) as candidate,
        coalesce(pay.in_post_heads, 0) as in_post_heads,
        coalesce(pay.temporary_heads, 0) as temporary_heads
    from pay
    where not pay.is_small and coalesce(pay.in_post_heads, 0) + coalesce(pay.temporary_heads, 0) > 0

),

exposed as (

    select
        *,
        hidden_in_post_kindergartens = 1 or hidden_in_post_heads between 1 and 2 as is_in_post_exposed,
        hidden_temporary_kindergartens = 1 or hidden_temporary_heads between 1 and 2 as is_temporary_exposed
    from hidden

),

companions as (

    select
        exposed.school_year,
        exposed.district_code,
        exposed.ownership,
        exposed.is_in_post_exposed,
        exposed.is_temporary_exposed,
        min(case when ranked.in_post_heads > 0 then ranked.candidate end) as in_post_companion,
        min(case when ranked.temporary_heads > 0 then ranked.candidate end) as temporary_companion
    from exposed
    left join ranked
        on
            exposed.school_year = ranked.school_year
            and exposed.district_code = ranked.district_code
            and exposed.ownership = ranked.ownership
    where exposed.is_in_post_exposed or exposed.is_temporary_exposed
    group by
        exposed.school_year, exposed.district_code, exposed.ownership, exposed.is_in_post_exposed,
        exposed.is_temporary_exposed

),

final as (

    select
        pay.school_year,
        pay.district_code,
        pay.ownership,
        pay.school_code,
        pay.is_small,
        coalesce(
            (companions.is_in_post_exposed and ranked.candidate = companions.in_post_companion)
            or (companions.is_temporary_exposed and ranked.candidate = companions.temporary_companion),
            false
        ) as is_companion,
        -- no companion to hide behind: the total of the owner must go instead
        coalesce(
            (companions.is_in_post_exposed and companions.in_post_companion is null)
            or (companions.is_temporary_exposed and companions.temporary_companion is null),
            false
        ) as is_total_exposed
    from pay
    left join companions
        on
            pay.school_year = companions.school_year
            and pay.district_code = companions.district_code
            and pay.ownership = companions.ownership
    left join ranked
        on
            pay.school_year = ranked.school_year
            and pay.school_code = ranked.school_code

)

select * from final
