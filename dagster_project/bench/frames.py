"""The core figures in pandas: the way an analyst's script would get them, vectorised, one frame a step."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_UNIT = ["district_code", "unit_code", "stage"]
_SHARED = ("primary", "junior_secondary", "senior_secondary")
_WEIGHTS = {"primary": 1.0, "junior_secondary": 1.1, "senior_secondary": 1.32}
_DUE = {
    "primary": ("primary",), "teaching_point": ("primary",), "special": ("primary",),
    "junior_secondary": ("junior_secondary",), "nine_year": ("primary", "junior_secondary"),
    "twelve_year": _SHARED, "complete_secondary": ("junior_secondary", "senior_secondary"),
    "senior_secondary": ("senior_secondary",), "kindergarten": ("preschool",),
    "secondary_vocational": ("secondary_vocational",), "technician": ("secondary_vocational",),
}  # fmt: skip
#: indicator: numerator column, factor, split by stage, threshold primary, threshold junior
_INDICATORS: dict[str, tuple[str, int, bool, float | None, float | None]] = {
    "above_required_degree_teachers_per_100_students": (
        "above_required_degree_teachers",
        100,
        False,
        4.2,
        5.3,
    ),
    "backbone_teachers_per_100_students": ("backbone_teachers", 100, False, 1.0, 1.0),
    "pe_art_teachers_per_100_students": ("pe_art_teachers", 100, False, 0.9, 0.9),
    "teaching_area_m2_per_student": ("teaching_area", 1, True, 4.5, 5.8),
    "sports_area_m2_per_student": ("sports_area", 1, True, 7.5, 10.2),
    "equipment_yuan_per_student": ("equipment", 1, True, 2000.0, 2500.0),
    "multimedia_classrooms_per_100_students": ("multimedia_classrooms", 100, True, 2.3, 2.4),
    "full_time_teachers_per_100_students": ("full_time_teachers", 100, False, None, None),
    "books_per_student": ("books", 1, True, None, None),
    "computers_per_100_students": ("computers", 100, True, None, None),
}
_TEACHERS = ["full_time_teachers", "above_required_degree_teachers", "backbone_teachers", "pe_art_teachers"]
_RESOURCES = ["teaching_area", "sports_area", "equipment", "multimedia_classrooms", "books", "computers"]


def core_figures(source: Path, target: Path) -> dict[str, Any]:
    """Read accepted tables (Parquet), write the core marts (Parquet).

    The same rules as the models for one school year: merged campuses, held schools, due and attached
    stages, missing figures; first indicators, compliance by school and variation by district, then the
    class ledger with its summary.

    Returns:
        `seconds` of the whole, `indicator_seconds` of the first part alone, `rows` by table.
    """
    started = time.perf_counter()
    schools = _schools(source)
    units = _units(source, schools, _class_students(source))
    indicators = _indicators(units)
    compliance = _school_compliance(indicators)
    tables = {
        "fct_school_indicators": indicators,
        "fct_school_compliance": compliance,
        "fct_district_indicators": _district_indicators(indicators),
        "fct_district_compliance": _district_compliance(compliance),
    }
    rows = _write(tables, target)
    indicator_seconds = time.perf_counter() - started
    del tables, indicators, compliance, units
    classes = _classes(source, schools)
    rows |= _write(
        {"fct_classes": classes, "fct_district_class_sizes": _district_class_sizes(classes)}, target
    )
    return {"seconds": time.perf_counter() - started, "indicator_seconds": indicator_seconds, "rows": rows}


def _write(tables: dict[str, pd.DataFrame], target: Path) -> dict[str, int]:
    for name, table in tables.items():
        table.to_parquet(target / f"{name}.parquet", index=False)
    return {name: len(table) for name, table in tables.items()}


def _schools(source: Path) -> pd.DataFrame:
    columns = ["school_code", "district_code", "school_type", "is_counted_as_school", "master_school_code"]
    schools = pd.read_parquet(source / "schools.parquet", columns=columns)
    has_master = schools["master_school_code"].notna()
    counted = schools["is_counted_as_school"].astype("boolean").fillna(True).astype(bool)
    standing = schools.loc[~has_master & counted, ["school_code", "district_code"]]
    standing.columns = pd.Index(["master_school_code", "master_district"])
    schools = schools.merge(standing, on="master_school_code", how="left")
    merged = schools["master_district"].eq(schools["district_code"]).fillna(False).astype(bool)
    counted &= ~has_master
    schools["unit_code"] = schools["school_code"].where(counted, schools["master_school_code"].where(merged))
    return schools[["school_code", "district_code", "school_type", "unit_code"]]


def _classes(source: Path, schools: pd.DataFrame) -> pd.DataFrame:
    columns = ["school_code", "stage", "grade", "class_name", "students", "class_count"]
    columns += ["size_band_minimum", "size_band_maximum", "source_file", "sheet", "row_number"]
    classes = pd.read_parquet(source / "class_sizes.parquet", columns=columns)
    classes["class_count"] = classes["class_count"].fillna(1).astype("int64")
    size = classes["stage"].map({"primary": 45.0, "junior_secondary": 50.0, "senior_secondary": 55.0})
    by_grade = {"nursery": 20.0, "junior_kindergarten": 25.0, "middle_kindergarten": 30.0}
    by_grade |= {"senior_kindergarten": 35.0, "mixed_age": 30.0}
    preschool = classes["stage"] == "preschool"
    size[preschool] = classes.loc[preschool, "grade"].map(by_grade)
    mean = classes["students"] / classes["class_count"]
    low = mean.fillna(classes["size_band_minimum"])
    high = mean.fillna(classes["size_band_maximum"])
    conditions = [
        low.isna() | size.isna(),
        preschool & (high > size),
        preschool,
        low >= 66,
        low >= 56,
        low > size,
    ]
    picked = np.select(conditions, [0, 1, 2, 3, 4, 5], default=2)
    classes["standard_size"] = size
    classes["size_band"] = pd.Categorical.from_codes(
        np.array([-1, 1, 0, 3, 2, 1])[picked],
        pd.Index(["within_standard", "over_standard", "large", "super_large"]),
    )
    classes["excess_students"] = (low - size).clip(lower=0)
    classes["is_estimated"] = classes["students"].notna() & (classes["class_count"] > 1)
    classes["district_code"] = classes["school_code"].map(schools.set_index("school_code")["district_code"])
    return classes


def _class_students(source: Path) -> pd.DataFrame:
    key = ["school_code", "stage"]
    classes = pd.read_parquet(source / "class_sizes.parquet", columns=[*key, "students"])
    grouped = classes.groupby(key, observed=True)["students"].agg(["sum", "size", "count"])
    grouped["class_students"] = grouped["sum"].where(grouped["size"] == grouped["count"])
    return grouped[["class_students"]].reset_index()


def _district_class_sizes(classes: pd.DataFrame) -> pd.DataFrame:
    sized = classes[classes["size_band"].notna()]
    sizes = (
        sized.groupby(["district_code", "stage", "size_band"], observed=False)["class_count"]
        .sum()
        .unstack(fill_value=0)
    )
    result = pd.DataFrame(
        {
            "classes": sizes.sum(axis=1),
            "classes_over_standard": sizes[["over_standard", "large", "super_large"]].sum(axis=1),
            "classes_large": sizes[["large", "super_large"]].sum(axis=1),
            "classes_super_large": sizes["super_large"],
        }
    )
    schooled = sizes.index.get_level_values("stage") != "preschool"
    for name in ("classes_large", "classes_super_large"):
        result[name] = result[name].astype("Int64").where(schooled)
    result["large_share"] = result["classes_large"] / result["classes"].where(result["classes"] > 0)
    return result.reset_index()


def _units(source: Path, schools: pd.DataFrame, class_students: pd.DataFrame) -> pd.DataFrame:
    key = ["school_code", "stage"]
    enrolment = pd.read_parquet(source / "enrolment.parquet", columns=[*key, "students"])
    teachers = [*_TEACHERS[:3], "pe_teachers", "music_teachers", "fine_art_teachers", "other_art_teachers"]
    staffing = pd.read_parquet(source / "staffing.parquet", columns=[*key, *teachers])
    staffing["pe_art_teachers"] = staffing[teachers[3:6]].sum(axis=1, skipna=False) + staffing[
        "other_art_teachers"
    ].fillna(0)
    aside = pd.read_parquet(source / "quarantined_rows.parquet", columns=[*key, "feed"])
    aside = aside[aside["feed"].isin(["enrolment", "class_sizes", "staffing"]) & aside["stage"].notna()]
    due = pd.DataFrame(
        [(t, s) for t, stages in _DUE.items() for s in stages], columns=["school_type", "stage"]
    )
    sources = [schools[["school_code", "school_type"]].merge(due, on="school_type")[key]]
    sources += [class_students[key], enrolment[key], staffing[key], aside[key]]
    members = pd.concat(sources).drop_duplicates().merge(schools, on="school_code")
    enrolment["has_enrolment"] = True
    spoilt = aside[aside["feed"].isin(["enrolment", "class_sizes"])][key].drop_duplicates()
    spoilt["is_spoilt"] = True
    members = members.merge(enrolment, on=key, how="left").merge(class_students, on=key, how="left")
    members = members.merge(spoilt, on=key, how="left").merge(
        staffing[[*key, *_TEACHERS]], on=key, how="left"
    )
    from_classes = members["has_enrolment"].isna() & members["is_spoilt"].isna()
    members["students"] = members["students"].where(~from_classes, members["class_students"])
    members = members[members["unit_code"].notna()]
    units = _complete_sums(members, _UNIT, ["students", *_TEACHERS])

    area = pd.read_parquet(source / "floor_area.parquet")
    area["teaching_area"] = area["teaching_area_m2"] - area["indoor_sports_area_m2"]
    area["sports_area"] = area["sports_ground_area_m2"] + area["indoor_sports_area_m2"]
    area["equipment"] = area["equipment_10k_yuan"] * 10000
    inside = schools[schools["unit_code"].notna()].merge(
        area[["school_code", *_RESOURCES]], on="school_code", how="left"
    )
    resources = _complete_sums(inside, ["unit_code"], _RESOURCES)

    shared = units[units["stage"].isin(_SHARED)].copy()
    shared["weight"] = shared["students"] * shared["stage"].map(_WEIGHTS).astype("float64")
    total = _complete_sums(shared, ["unit_code"], ["weight"]).rename(columns={"weight": "total_weight"})
    units = (
        shared[shared["stage"] != "senior_secondary"]
        .merge(total, on="unit_code")
        .merge(resources, on="unit_code")
    )
    units["share"] = units["weight"] / units["total_weight"].where(units["total_weight"] > 0)
    types = schools.set_index("school_code")["school_type"]
    kind = units["unit_code"].map(types)
    small_point = (kind == "teaching_point") & (units["students"] < 50)
    units["is_out"] = kind.isin(["special", "secondary_vocational", "technician"]) | small_point
    return units


def _complete_sums(frame: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Sums that are missing as soon as one term is."""
    grouped = frame.groupby(keys, observed=True, sort=False)[columns]
    sums = grouped.sum()
    counts = grouped.count()
    sizes = frame.groupby(keys, observed=True, sort=False).size()
    return sums.where(counts.eq(sizes, axis=0)).reset_index()


def _indicators(units: pd.DataFrame) -> pd.DataFrame:
    parts = []
    students = units["students"].where(units["students"] > 0)
    primary = units["stage"] == "primary"
    for code, (column, factor, is_split, low, high) in _INDICATORS.items():
        part = units[["district_code", "unit_code", "stage", "is_out"]].rename(
            columns={"unit_code": "school_code"}
        )
        share = units["share"] if is_split else pd.Series(1.0, index=units.index)
        part["indicator_code"] = code
        part["source_total"] = units[column].astype("float64")
        part["stage_share"] = share
        part["numerator"] = part["source_total"] * share
        part["denominator"] = units["students"]
        part["value"] = factor * part["numerator"] / students
        part["threshold"] = np.where(
            primary, np.nan if low is None else low, np.nan if high is None else high
        )
        part["ratio"] = part["value"] / part["threshold"]
        needed = part["threshold"] * units["students"] / (factor * share)
        step = 0.01 if column in ("teaching_area", "sports_area", "equipment") else 1.0
        for name, level in (("gap_to_threshold", 1.0), ("gap_to_floor", 0.85)):
            gap = np.ceil((level * needed - part["source_total"]) / step - 1e-6).clip(lower=0) * step
            part[name] = gap.where(part["value"].notna())
        parts.append(part)
    result = pd.concat(parts, ignore_index=True)
    reached = result["value"] >= result["threshold"] * (1 - 1e-12)
    conditions = [
        result["is_out"], result["denominator"] == 0, result["value"].isna(), result["threshold"].isna(), reached,
    ]  # fmt: skip
    result["status"] = pd.Categorical.from_codes(
        np.array([0, 1, 2, 1, 3, 4])[np.select(conditions, list(range(5)), default=5)],
        pd.Index(["out_of_scope", "not_applicable", "not_available", "met", "not_met"]),
    )
    rounded = np.floor(result["value"] * 100 + 0.5 + 1e-9) / 100
    result["rounding_flips_verdict"] = (rounded >= result["threshold"]) != reached
    return result


def _school_compliance(indicators: pd.DataFrame) -> pd.DataFrame:
    judged = indicators[indicators["threshold"].notna()]
    judged = judged.assign(is_met=judged["status"] == "met", is_below=judged["status"] == "not_met")
    keys = ["district_code", "school_code", "stage"]
    result = (
        judged.groupby(keys, observed=True, sort=False)
        .agg(students=("denominator", "first"), indicators_met=("is_met", "sum"), below=("is_below", "sum"),
             lowest_ratio=("ratio", "min"), is_out=("is_out", "any"))
        .reset_index()
    )  # fmt: skip
    available = result["indicators_met"] + result["below"]
    fails = (result["below"] >= 2) | (result["lowest_ratio"] < 0.85 * (1 - 1e-12))
    conditions = [result["is_out"], result["students"] == 0, fails, available < 7]
    result["indicators_available"] = available
    result["status"] = np.select(
        conditions, ["out_of_scope", "not_applicable", "not_compliant", "undetermined"], default="compliant"
    )
    return result


def _district_indicators(indicators: pd.DataFrame) -> pd.DataFrame:
    keys = ["district_code", "stage", "indicator_code"]
    inside = indicators[~indicators["is_out"] & (indicators["denominator"] != 0)].copy()
    available = inside["value"].notna()
    inside["weight"] = inside["denominator"].where(available).astype("float64")
    inside["weighted"] = inside["value"] * inside["weight"]
    inside["is_met"] = inside["status"] == "met"
    grouped = inside.groupby(keys, observed=True)
    result = grouped.agg(
        schools_in_scope=("school_code", "size"), schools_available=("value", "count"), schools_met=("is_met", "sum"),
        threshold=("threshold", "max"), weight=("weight", "sum"), weighted=("weighted", "sum"),
    )  # fmt: skip
    result["mean_value"] = result["weighted"] / result["weight"].where(result["weight"] > 0)
    inside = inside.merge(result[["mean_value"]], left_on=keys, right_index=True)
    inside["squares"] = inside["weight"] * (inside["value"] - inside["mean_value"]) ** 2
    squares = inside.groupby(keys, observed=True)["squares"].sum()
    result["standard_deviation"] = np.sqrt(squares / result["weight"].where(result["weight"] > 0))
    variation = result["standard_deviation"] / result["mean_value"]
    result["coefficient_of_variation"] = variation.where(result["schools_available"] >= 2)
    result["schools_met"] = result["schools_met"].astype("Int64").where(result["threshold"].notna())
    result = result.reset_index()
    limit = np.where(result["stage"] == "primary", 0.5, 0.45)
    variation = result["coefficient_of_variation"]
    conditions = [
        result["threshold"].isna(), variation.isna(), result["schools_available"] < result["schools_in_scope"],
        variation <= limit * (1 + 1e-12),
    ]  # fmt: skip
    result["cv_status"] = np.select(
        conditions, ["not_applicable", "not_available", "undetermined", "met"], default="not_met"
    )
    return result


def _district_compliance(compliance: pd.DataFrame) -> pd.DataFrame:
    inside = compliance[~compliance["status"].isin(["out_of_scope", "not_applicable"])]
    counts = inside.groupby(["district_code", "stage", "status"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=["compliant", "not_compliant", "undetermined"], fill_value=0)
    result = counts.add_prefix("schools_")
    result["schools_in_scope"] = counts.sum(axis=1)
    determined = (counts["compliant"] + counts["not_compliant"]).replace(0, np.nan)
    result["compliance_rate"] = counts["compliant"] / determined
    return result.reset_index()


def run_pandas(source: str, target: str) -> dict[str, Any]:
    """Child's entry: folder of the accepted tables in, folder for the marts out."""
    return core_figures(Path(source), Path(target))
