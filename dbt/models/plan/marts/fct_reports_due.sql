with context as (

    select as_of from {{ ref('stg_build_context') }}

),

-- a file proves the reports of one district only
matched as (

    select
        reports.district_code,
        reports.evidence_zh,
        reports.issued_on,
        files.source_path,
        files.sha256,
        files.district_code as folder_district_code
    from {{ ref('stg_issued_reports') }} as reports
    inner join {{ ref('int_evidence_names') }} as files
        on {{ document_key('reports.evidence_zh') }} = files.known_as and {{ is_of_record('files', 'reports') }}

),

{{ file_owners('matched', 'issued_on') }}

documents as (

    select distinct
        matched.district_code,
        matched.evidence_zh
    from matched
    left join owners on matched.source_path = owners.source_path and matched.sha256 = owners.sha256
    where matched.district_code = coalesce(matched.folder_district_code, owners.district_code)

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
            when documents.evidence_zh is not null then 'in_vault'
            else 'missing'
        end as evidence_status,
        row_number() over (
            partition by periods.district_code, periods.report_kind, periods.ends_on
            order by reports.covers_until desc, reports.issued_on asc nulls last
        ) as place
    from {{ ref('int_report_periods') }} as periods
    inner join {{ ref('stg_issued_reports') }} as reports
        on
            periods.district_code = reports.district_code
            and periods.report_kind = reports.report_kind
            and periods.begins_on <= reports.covers_until
            and periods.ends_on >= reports.covers_until
    left join documents
        on reports.district_code = documents.district_code and reports.evidence_zh = documents.evidence_zh

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
