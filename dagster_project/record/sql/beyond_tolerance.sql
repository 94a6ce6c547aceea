-- By how much two figures differ, and by how much more than is allowed: what figures of two decimals lose as floating-point
-- numbers is no difference. Texts say the same or not.
update accepted.source_comparisons
set
    difference = round(other_figure - figure, 6),
    beyond_tolerance = case
        when figure is null then cast(not says_the_same as integer)
        else greatest(abs(other_figure - figure) - tolerance - 1e-12 * greatest(abs(figure), abs(other_figure)), 0)
    end
