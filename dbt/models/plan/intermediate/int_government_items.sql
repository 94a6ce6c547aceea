with items as (

    select * from {{ ref('government_items') }}

),

years as (

    select distinct
        school_year,
        district_code
    from {{ ref('int_schools') }}

),

standards as (

    {{ judged_standards('government_guarantee') }}
    union all
    {{ judged_standards('education_quality') }}

),

documents as (

    select * from {{ ref('stg_government_documents') }}

),

-- the whole matrix: every item of every year, received or not
joined as (

    select
        years.school_year,
        years.district_code,
        items.*,
        measured.numerator,
        measured.denominator,
        measured.numerator / nullif(measured.denominator, 0) as value,
        measured.second_reading,
        measured.due as reports_due,
        measured.available as reports_available,
        -- a share of schools or classes that keep their own standard is judged against all of them
        case
            when items.item_code in ('music_rooms', 'art_rooms', 'school_size', 'class_size')
                then cast(1 as double)
            else standards.threshold
        end as threshold,
        case
            when items.item_code in ('music_rooms', 'art_rooms', 'school_size', 'class_size') then 'at_least'
            else standards.direction
        end as direction,
        documents.conclusion,
        documents.evidence_zh,
        documents.evidence_sha256
    from years
    cross join items
    left join {{ ref('int_government_values') }} as measured
        on
            years.school_year = measured.school_year
            and years.district_code = measured.district_code
            and items.item_code = measured.item_code
    left join standards
        on
            items.indicator_code = standards.indicator_code
            and standards.school_kind = 'all'
            and items.item_code not in ('music_rooms', 'art_rooms', 'school_size', 'class_size')
            and (standards.stage = 'all' or standards.stage = measured.stage)
            and {{ in_force('standards', 'years.school_year') }}
    left join documents
        on
            years.district_code = documents.district_code
            and years.school_year = documents.figure_year
            and items.item_code = documents.item_code

),

final as (

    select
        school_year,
        district_code,
        domain,
        item_code,
        sort_order,
        number_zh,
        name_zh as item_zh,
        unit_zh,
        cast(scale as double) as scale,
        decimals,
        case when indicator_code is null or (value is null and conclusion is not null) then 'documents' else 'figure' end
            as proof_kind,
        numerator,
        denominator,
        case when denominator is not null then denominator_unit_zh end as denominator_unit_zh,
        value,
        second_reading,
        case when value is not null then threshold end as threshold,
        reports_due,
        reports_available,
        case
            when value is not null and threshold is not null and reports_available >= reports_due
                then
                    case
                        when {{ is_reached('value', 'threshold', 'direction') }} then 'met'
                        else 'not_met'
                    end
            -- some are missing, but those at hand rule it out already
            when value is not null and threshold >= 1 and direction = 'at_least' and numerator < denominator then 'not_met'
            when value is not null and threshold is not null then 'not_available'
            when conclusion in ('met', 'not_occurred') then 'met'
            when conclusion in ('not_met', 'occurred') then 'not_met'
            else 'not_available'
        end as status,
        evidence_zh,
        evidence_sha256
    from joined

)

select * from final
