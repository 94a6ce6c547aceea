-- measures that are proved by the share of progress returns
{{ measure_states(ref('int_progress_figure'), "figure_code = 'progress_returns_share'") }}
