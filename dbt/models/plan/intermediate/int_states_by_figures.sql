-- measures that are proved by anything but the share of progress returns
{{ measure_states(ref('int_rectification_figures'), "coalesce(figure_code, '') <> 'progress_returns_share'") }}
