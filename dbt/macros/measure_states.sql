{#
  What is true of a measure on a day: what was reported last, what the figure says, and the state that follows.
  `figures` is the relation with the figures that prove, `condition` picks the measures. The share of progress returns
  depends on the states of the other measures, so its own measures are judged after them, by the same statement.
#}
{% macro measure_states(figures, condition) -%}
with tasks as (

    select
        *,
        case
            when target_value is not null then 'target'
            when proof_kind = 'documents' and figure_code is not null then 'not_worse'
            else 'none'
        end as requirement_kind
    from {{ ref('int_task_versions') }}
    where {{ condition }}

),

-- what the plan said of the measure on the day
moments as (

    select
        days.district_code,
        days.item_number,
        days.measure_number,
        days.state_day,
        tasks.version
    from {{ ref('int_measure_days') }} as days
    inner join tasks
        on
            {{ same_key('days', 'tasks', ['district_code', 'item_number', 'measure_number']) }}
            and {{ held_on('tasks', 'days.state_day') }}

),

kinds as (

    select * from {{ ref('rectification_figures') }}

),

figures as (

    select
        tasks.item_number as task_item_number,
        tasks.measure_number,
        tasks.version,
        tasks.begun_on,
        figures.*
    from tasks
    inner join {{ figures }} as figures
        on
            tasks.district_code = figures.district_code
            and tasks.figure_code = figures.figure_code
            and (figures.item_number is null or tasks.item_number = figures.item_number)

),

reported as (

    select
        moments.*,
        progress.reporting_month,
        progress.reported_on,
        progress.reported_state,
        progress.progress_zh,
        progress.evidence_zh,
        progress.evidence_sha256,
        progress.reviewer,
        progress.reviewed_on,
        progress.review_result,
        progress.exemption_reason_zh,
        row_number() over (
            partition by moments.district_code, moments.item_number, moments.measure_number, moments.state_day
            order by progress.reporting_month desc nulls last, progress.reported_on desc
        ) as recency
    from moments
    left join {{ ref('stg_rectification_progress') }} as progress
        on
            moments.district_code = progress.district_code
            and moments.item_number = progress.item_number
            and moments.measure_number = progress.measure_number
            and moments.state_day >= progress.reported_on

),

-- what the figure was on the day the measure began: its last value until then, and never a later one
starts as (

    select
        *,
        row_number() over (
            partition by district_code, task_item_number, measure_number, version
            order by
                case when known_on <= begun_on then 0 else 1 end asc,
                case when known_on <= begun_on then known_on end desc nulls last,
                known_on asc nulls last,
                case when series = 'higher_authority' then 0 else 1 end asc,
                series asc nulls last
        ) as choice
    from figures

),

-- what missing returns leave open at the start stays open: on the returns of a few, nothing is called no worse
known_starts as (

    select
        starts.district_code,
        starts.task_item_number,
        starts.measure_number,
        starts.version,
        starts.series,
        starts.received_on,
        case
            when starts.known_on > starts.begun_on or starts.value is null then 'unknown'
            when
                {{ lacks_returns('starts.reports_available', 'starts.reports_due', 'kinds.while_incomplete') }}
                then 'incomplete'
            when kinds.start_where_absent = 'zero' and starts.value = 0 then 'absent_zero'
            else 'known'
        end as start_status,
        starts.value,
        starts.observed_on
    from starts
    inner join kinds on starts.figure_code = kinds.figure_code
    where starts.choice = 1

),

-- surveys of different bodies are no series: only those of the body whose survey was the start count
measured as (

    select
        moments.district_code,
        moments.item_number,
        moments.measure_number,
        moments.state_day,
        figures.value,
        figures.numerator,
        figures.denominator,
        figures.reports_available,
        figures.reports_due,
        figures.value_low,
        figures.value_high,
        figures.observed_on,
        figures.received_on,
        figures.next_due_on,
        row_number() over (
            partition by moments.district_code, moments.item_number, moments.measure_number, moments.state_day
            order by figures.observed_on desc, figures.known_on desc
        ) as recency
    from moments
    inner join figures
        on
            moments.district_code = figures.district_code
            and moments.item_number = figures.task_item_number
            and moments.measure_number = figures.measure_number
            and moments.version = figures.version
            and moments.state_day >= figures.known_on
            and coalesce(moments.state_day >= figures.received_on, true)
    inner join known_starts as starts
        on
            figures.district_code = starts.district_code
            and figures.task_item_number = starts.task_item_number
            and figures.measure_number = starts.measure_number
            and figures.version = starts.version
            and coalesce(figures.series, '') = coalesce(starts.series, '')

),

joined as (

    select
        reported.district_code,
        reported.item_number,
        reported.measure_number,
        reported.state_day,
        reported.reporting_month,
        reported.reported_on,
        reported.reported_state,
        reported.progress_zh,
        reported.evidence_zh,
        case
            when reported.evidence_zh is null and reported.evidence_sha256 is null then 'none'
            when evidence.documents_found = evidence.documents_named then 'in_vault'
            else 'missing'
        end as evidence_status,
        coalesce(evidence.documents_named, 0) as documents_named,
        coalesce(evidence.documents_found, 0) as documents_found,
        coalesce(evidence.documents_elsewhere, 0) as documents_elsewhere,
        evidence.missing_documents_zh,
        evidence.file_name as evidence_file_name,
        coalesce(evidence.sha256, reported.evidence_sha256) as evidence_sha256,
        evidence.received_on as evidence_received_on,
        reported.reviewer,
        case when reported.reviewed_on <= reported.state_day then reported.reviewed_on end as reviewed_on,
        case when reported.reviewed_on <= reported.state_day then reported.review_result end as review_result,
        reported.exemption_reason_zh,
        tasks.proof_kind,
        tasks.figure_code,
        tasks.requirement_kind,
        tasks.begun_on,
        tasks.deadline,
        kinds.direction,
        kinds.is_share,
        kinds.while_incomplete,
        tasks.target_value,
        case when starts.start_status <> 'unknown' then starts.value end as baseline_value,
        coalesce(reported.state_day >= starts.received_on, true) as is_baseline_received,
        case when starts.start_status <> 'unknown' then starts.observed_on end as baseline_observed_on,
        case when tasks.figure_code is not null then coalesce(starts.start_status, 'unknown') end as baseline_status,
        measured.value as figure_value,
        measured.numerator as figure_numerator,
        measured.denominator as figure_denominator,
        measured.reports_available,
        measured.reports_due,
        measured.value_low as figure_low,
        measured.value_high as figure_high,
        measured.observed_on as figure_observed_on,
        measured.received_on as figure_received_on,
        measured.next_due_on as figure_due_on
    from reported
    inner join tasks
        on
            reported.district_code = tasks.district_code
            and reported.item_number = tasks.item_number
            and reported.measure_number = tasks.measure_number
            and reported.version = tasks.version
    left join kinds on tasks.figure_code = kinds.figure_code
    left join measured
        on
            reported.district_code = measured.district_code
            and reported.item_number = measured.item_number
            and reported.measure_number = measured.measure_number
            and reported.state_day = measured.state_day
            and measured.recency = 1
    left join {{ ref('int_progress_evidence') }} as evidence
        on
            reported.district_code = evidence.district_code
            and reported.reporting_month = evidence.reporting_month
            and reported.item_number = evidence.item_number
            and reported.measure_number = evidence.measure_number
            and reported.state_day >= evidence.valid_from
            and (evidence.valid_to is null or reported.state_day < evidence.valid_to)
    left join known_starts as starts
        on
            reported.district_code = starts.district_code
            and reported.item_number = starts.task_item_number
            and reported.measure_number = starts.measure_number
            and reported.version = starts.version
    where reported.recency = 1

),

dated as (

    select
        *,
        case requirement_kind
            when 'target' then target_value
            when 'not_worse' then case when is_baseline_received and baseline_status <> 'incomplete' then baseline_value end
        end as needed_value,
        {{ lacks_returns('reports_available', 'reports_due', 'while_incomplete') }} as is_incomplete,
        {{ lacks_denominator('is_share', 'figure_denominator') }} as is_without_denominator,
        case
            when figure_value is null then 'none'
            when {{ is_before_begin('figure_observed_on', 'begun_on') }} then 'before_begin'
            when figure_due_on < state_day then 'out_of_date'
            else 'current'
        end as figure_day_status
    from joined

),

compared as (

    select
        *,
        {{ is_reached('figure_value', 'needed_value', 'direction') }} as is_figure_reached,
        {{ is_reached(worse_end('figure_low', 'figure_high', 'direction'), 'needed_value', 'direction') }}
            as is_surely_reached,
        {{ is_reached(better_end('figure_low', 'figure_high', 'direction'), 'needed_value', 'direction') }}
            as is_perhaps_reached
    from dated

),

-- What missing returns leave open is said by the seed rectification_figures (while_incomplete): a figure that may only grow
-- or fall is decided where it can't change sides any more, and a share without everybody isn't whole.
judged as (

    select
        *,
        case
            when figure_code is null or requirement_kind = 'none' then 'not_applicable'
            when figure_day_status in ('none', 'before_begin') or needed_value is null then 'not_available'
            when is_without_denominator then 'not_available'
            when
                is_incomplete
                and {{ stays_reached('while_incomplete', 'direction') }}
                and coalesce(is_surely_reached, is_figure_reached)
                then 'met'
            when
                is_incomplete
                and (
                    (while_incomplete = 'may_only_grow' and direction = 'at_most')
                    or (while_incomplete = 'may_only_fall' and direction = 'at_least')
                    or (while_incomplete = 'cannot_be_whole' and direction = 'at_least' and needed_value >= 1)
                )
                and not coalesce(is_perhaps_reached, is_figure_reached)
                then 'not_met'
            when is_incomplete then 'not_available'
            when figure_low is not null and is_surely_reached then 'met'
            when figure_low is not null and is_perhaps_reached then 'not_decided'
            when figure_low is null and is_figure_reached then 'met'
            else 'not_met'
        end as figure_status
    from compared

),

-- what the figure, the documents and the review leave open; a claim is accepted where none of them does
doubted as (

    select
        *,
        case
            when figure_code is null and proof_kind = 'figure' then 'no_figure'
            when figure_code is null then null
            when requirement_kind = 'none' then 'no_target'
            when figure_day_status = 'none' then 'not_available'
            when figure_day_status = 'before_begin' then 'before_begin'
            when needed_value is null and baseline_status = 'incomplete' then 'start_incomplete'
            when needed_value is null then 'start_unknown'
            when figure_status in ('not_met', 'not_decided') then figure_status
            when is_without_denominator then 'no_denominator'
            when figure_status = 'not_available' then 'incomplete_reports'
        end as figure_doubt,
        case
            when evidence_status = 'none' then 'no_evidence'
            when evidence_status = 'missing' and documents_elsewhere > 0 then 'evidence_elsewhere'
            when evidence_status = 'missing' then 'evidence_missing'
        end as document_doubt,
        case
            when reviewed_on is null or review_result is null then 'not_reviewed'
            when reviewer is null then 'no_reviewer'
        end as review_doubt
    from judged

),

refused as (

    select
        *,
        case
            when reported_state = 'exempt'
                then coalesce(document_doubt, case when review_doubt is not null then 'no_reviewer' end)
            when reported_state in ('closed', 'to_review')
                then
                    coalesce(
                        figure_doubt,
                        case when proof_kind = 'documents' then document_doubt end,
                        case when reported_state = 'closed' and review_doubt = 'no_reviewer' then review_doubt end
                    )
        end as refusal_code
    from doubted

),

claimed as (

    select
        *,
        case
            when reported_state is null then 'to_start'
            when review_result = 'failed' then 'to_start'
            when reported_state = 'exempt' and refusal_code is null then 'exempt'
            when reported_state = 'closed' and refusal_code is null and review_doubt is null then 'closed'
            when reported_state in ('closed', 'to_review') and (refusal_code is null or refusal_code = 'no_reviewer')
                then 'to_review'
            when reported_state = 'to_start' then 'to_start'
            else 'in_progress'
        end as state_by_return
    from refused

),

-- stretches of days on which the returns claim the same, and neither figure nor review contradicts it
stretches as (

    select
        *,
        sum(case when is_same_claim then 0 else 1 end) over (
            partition by district_code, item_number, measure_number
            order by state_day nulls last
        ) as stretch
    from (
        select
            *,
            coalesce(
                reported_state = lag(reported_state) over (
                    partition by district_code, item_number, measure_number
                    order by state_day nulls last
                )
                and (figure_doubt is null or reported_state = 'exempt')
                and coalesce(review_result, '') <> 'failed',
                false
            ) as is_same_claim
        from claimed
    ) as compared_with_before

),

accepted as (

    select
        district_code,
        item_number,
        measure_number,
        stretch,
        min(state_day) as accepted_on
    from stretches
    where state_by_return in ('closed', 'exempt')
    group by district_code, item_number, measure_number, stretch

),

-- what was accepted rests on the documents and the review of that day; the returns that repeat the claim prove it no more
stated as (

    select
        {% for column in [
            'district_code', 'item_number', 'measure_number', 'state_day', 'reporting_month', 'reported_on', 'reported_state', 'progress_zh',
        ] -%}
            stretches.{{ column }},
        {% endfor -%}
        {% for column in [
            'evidence_zh', 'evidence_status', 'documents_named', 'documents_found', 'missing_documents_zh', 'evidence_file_name',
            'evidence_sha256', 'evidence_received_on', 'reviewer', 'reviewed_on', 'review_result', 'exemption_reason_zh',
        ] -%}
            case when bases.state_day is null then stretches.{{ column }} else bases.{{ column }} end as {{ column }},
        {% endfor -%}
        {% for column in [
            'proof_kind', 'figure_code', 'requirement_kind', 'baseline_value', 'baseline_observed_on',
            'baseline_status', 'figure_value', 'figure_numerator', 'figure_denominator', 'reports_available',
            'reports_due', 'figure_low', 'figure_high', 'figure_observed_on', 'figure_received_on', 'figure_due_on',
            'figure_day_status', 'needed_value', 'figure_status',
        ] -%}
            stretches.{{ column }},
        {% endfor -%}
        case when bases.state_day is null then stretches.refusal_code end as refusal_code,
        case when bases.state_day is null then stretches.state_by_return else bases.state_by_return end as state
    from stretches
    left join accepted
        on
            {{ same_key('stretches', 'accepted', ['district_code', 'item_number', 'measure_number', 'stretch']) }}
            and stretches.state_day >= accepted.accepted_on
    left join stretches as bases
        on
            {{ same_key('accepted', 'bases', ['district_code', 'item_number', 'measure_number']) }}
            and accepted.accepted_on = bases.state_day

),

owed_returns as (

    select
        figure_code,
        {{ names_in_order('name_zh', ['feed']) }} as returns_zh
    from {{ ref('int_figure_feeds') }}
    where is_owed
    group by figure_code

),

final as (

    select
        stated.*,
        replace(refusals.name_zh, '{returns}', coalesce(owed_returns.returns_zh, '')) as refusal_zh,
        coalesce(
            stated.figure_status = 'met'
            and stated.proof_kind = 'figure'
            and stated.state in ('to_start', 'in_progress')
            and stated.refusal_code is null,
            false
        ) as is_met_but_unclaimed
    from stated
    left join {{ ref('refusal_reasons') }} as refusals on stated.refusal_code = refusals.refusal_code
    left join owed_returns on stated.figure_code = owed_returns.figure_code

)

select * from final
{%- endmacro %}
