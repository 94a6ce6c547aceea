-- sqlfluff:templater:jinja:context:columns:t.school_year, t.school_code
-- Pay as it may leave the district. What the committee sees of a kindergarten is delivered as it is. What is hidden from
-- it goes out pooled: the hidden kindergartens of an owner share their common total by heads, to the cent, so that the
-- owner's total stays what it is and no amount is the kindergarten's own. Where the owner's total is hidden as well,
-- nothing of it goes out: the amounts are zero, which no committee's figure shows. `is_pay_pooled` marks both.
with amounts as (

    select
        school_year,
        school_code,
        'in_post' as kind,
        in_post_teachers as teachers,
        in_post_annual_pay_yuan as yuan
    from analyst.accepted.kindergarten_pay
    union all
    select
        school_year,
        school_code,
        'temporary' as kind,
        temporary_teachers as teachers,
        temporary_annual_pay_yuan as yuan
    from analyst.accepted.kindergarten_pay

),

published as (

    select
        school_year,
        district_code,
        school_code,
        'in_post' as kind,
        coalesce(ownership, 'all') as total_of,
        pay_status = 'suppressed' as is_hidden,
        in_post_mean_annual_pay_yuan is not null as is_seen
    from committee.main.fct_kindergarten_pay
    union all
    select
        school_year,
        district_code,
        school_code,
        'temporary' as kind,
        coalesce(ownership, 'all') as total_of,
        pay_status = 'suppressed' as is_hidden,
        temporary_mean_annual_pay_yuan is not null as is_seen
    from committee.main.fct_kindergarten_pay

),

hidden_totals as (

    select
        school_year,
        district_code,
        ownership as total_of
    from committee.main.fct_district_kindergarten_pay
    where pay_status = 'suppressed'

),

placed as (

    select
        amounts.school_year,
        amounts.school_code,
        amounts.kind,
        amounts.teachers,
        amounts.yuan,
        published.district_code,
        published.total_of,
        -- where there is nobody and no pay, nothing is hidden
        coalesce(published.is_seen, false) or (coalesce(amounts.teachers, 0) = 0 and amounts.yuan = 0) as is_seen,
        -- of a mean that is hidden, in a total that isn't
        coalesce(published.is_hidden, false) and hidden_totals.total_of is null and amounts.teachers > 0 as is_shared
    from amounts
    left join published
        on
            amounts.school_year = published.school_year
            and amounts.school_code = published.school_code
            and amounts.kind = published.kind
    left join hidden_totals
        on
            published.school_year = hidden_totals.school_year
            and published.district_code = hidden_totals.district_code
            and published.total_of = hidden_totals.total_of
    where amounts.yuan is not null

),

-- the total and heads of those that share it, and the heads up to each of them
pools as (

    select
        *,
        sum(cast(yuan as decimal(28, 4))) over pool as total,
        sum(teachers) over pool as heads,
        sum(teachers) over up_to_here as heads_so_far
    from placed
    window
        pool as (partition by school_year, district_code, total_of, kind, is_shared),
        up_to_here as (
            partition by school_year, district_code, total_of, kind, is_shared
            order by school_code rows between unbounded preceding and current row
        )

),

-- the part of the total that falls to the heads so far, in whole cents; all of it to all heads
parts as (

    select
        *,
        case
            when heads_so_far = heads then total
            else cast(cast(total as double) * heads_so_far / nullif(heads, 0) as decimal(28, 2))
        end as part_so_far,
        cast(cast(total as double) * (heads_so_far - teachers) / nullif(heads, 0) as decimal(28, 2)) as part_before
    from pools

),

leaving as (

    select
        school_year,
        school_code,
        kind,
        is_seen,
        case
            when is_seen then yuan
            when is_shared then cast(part_so_far - part_before as double)
            else 0
        end as yuan
    from parts

),

delivered as (

    select
        given.*,
        in_post.yuan as delivered_in_post_annual_pay_yuan,
        hired.yuan as delivered_temporary_annual_pay_yuan,
        coalesce(not in_post.is_seen, false) or coalesce(not hired.is_seen, false) as is_pay_pooled
    from analyst.accepted.kindergarten_pay as given
    left join leaving as in_post
        on
            given.school_year = in_post.school_year
            and given.school_code = in_post.school_code
            and in_post.kind = 'in_post'
    left join leaving as hired
        on
            given.school_year = hired.school_year
            and given.school_code = hired.school_code
            and hired.kind = 'temporary'

)

select {{ columns }}
from delivered as t
