with context as (

    select as_of from {{ ref('stg_build_context') }}

),

documents as (

    select
        known_as,
        district_code,
        record_district_code,
        max(sha256) as sha256
    from {{ ref('int_evidence_names') }}
    group by known_as, district_code, record_district_code

),

-- of several reports of one period the one that covers most of it
issued as (

    select
        periods.district_code,
        periods.report_kind,
        periods.ends_on,
        reports.covers_until,
        reports.issue_number,
        reports.issued_on,
        reports.evidence_zh,
        case
            when reports.evidence_zh is null then 'none'
            when documents.sha256 is not null then 'in_vault'
            else 'missing'
        end as evidence_status,
        row_number() over (
            partition by periods.district_code, periods.report_kind, periods.ends_on
            order by reports.covers_until desc, reports.issued_on asc
        ) as place
    from {{ ref('int_report_periods') }} as periods
    inner join {{ ref('stg_issued_reports') }} as reports
        on
            periods.district_code = reports.district_code
            and periods.report_kind = reports.report_kind
            and periods.begins_on <= reports.covers_until
            and periods.ends_on >= reports.covers_until
    left join documents
        on
            {{ document_key('reports.evidence_zh') }} = documents.known_as
            and (documents.district_code is null or reports.district_code = documents.district_code)
            and {{ is_of_record('documents', 'reports') }}

),

final as (

    select
        periods.district_code,
        periods.report_kind,
        periods.begins_on as period_begins_on,
        periods.ends_on as period_ends_on,
        periods.due_on,
        issued.covers_until,
        issued.issue_number,
        issued.issued_on,
        issued.evidence_zh,
        coalesce(issued.evidence_status, 'none') as evidence_status,
        case
            when issued.issued_on > periods.due_on then 'issued_late'
            when issued.issued_on is not null then 'issued'
            when context.as_of <= periods.due_on then 'not_yet_due'
            else 'missing'
        end as status,
        case
            when coalesce(issued.issued_on, context.as_of) > periods.due_on
                then {{ days_between('periods.due_on', 'coalesce(issued.issued_on, context.as_of)') }}
        end as days_late
    from {{ ref('int_report_periods') }} as periods
    cross join context
    left join issued
        on
            periods.district_code = issued.district_code
            and periods.report_kind = issued.report_kind
            and periods.ends_on = issued.ends_on
            and issued.place = 1

)

select * from final
