// Where one figure comes from: numerator, denominator, standard, gap, source cells.
"use strict";
junheng.figure = (function () {
  const { load, rows, number, percent, element, openDialog, tableOf, sign } = junheng;
  const KEYS = ["school_year", "school_code", "stage", "indicator_code"];

  function standardOf(common, figure) {
    if (figure.threshold === null) return null;
    const found = common.standards.filter((s) => s.measure === "school_threshold" && s.indicator_code === figure.indicator_code
      && s.stage === figure.stage && s.threshold === figure.threshold && s.valid_from <= figure.school_year
      && (s.valid_to === null || s.valid_to >= figure.school_year));
    found.sort((a, b) => (b.jurisdiction === "national") - (a.jurisdiction === "national") || b.valid_from - a.valid_from);
    return found[0] || null;
  }
  /** Persons and rooms whole, a stage's part of a room with two decimals, as ㎡ and yuan. */
  function amount(value, indicator) { return number(value, indicator.smallest_addition >= 1 && Number.isInteger(value) ? 0 : 2); }
  function gapText(value, indicator) {
    if (value === null || value === undefined) return "—";
    return value === 0 ? "已达到" : (indicator.direction === "at_most" ? "减少 " : "") + amount(value, indicator) + " " + indicator.numerator_unit_zh;
  }
  /** A span of one cell of the figure's row. */
  function shown(figure, name, text) {
    return element("span", { "data-t": "fct_school_indicators", "data-keys": KEYS.join(" "), "data-k": KEYS.map((k) => figure[k]).join("|"), "data-c": name }, text);
  }
  function missingText(common, figure) { return common.words.missing[figure.missing_reason] || "缺数据"; }

  function facts(common, figure, indicator) {
    const list = element("dl", { class: "facts" }), heads = common.labels.fct_school_indicators;
    const said = common.phrases_of_year[figure.school_year]; // standards of the figure's own year
    const add = (title, ...content) => list.append(element("dt", {}, title), element("dd", {}, ...content));
    const verdict = sign(figure.status) + common.words.status[figure.status];
    add(heads.value, figure.value === null ? missingText(common, figure) : shown(figure, "value", number(figure.value, indicator.decimals)), figure.value === null ? "" : " " + indicator.unit_zh,
      "（", shown(figure, "status", verdict), "）");
    add(heads.source_total, shown(figure, "source_total", amount(figure.source_total, indicator)), " " + indicator.numerator_unit_zh);
    if (indicator.is_split && figure.stage_share !== null && figure.stage_share !== 1) add(heads.stage_share, shown(figure, "stage_share", number(figure.stage_share, 4)), "（学生数 " + said.weights_zh + " 加权）");
    add(heads.numerator, shown(figure, "numerator", amount(figure.numerator, indicator)), " " + indicator.numerator_unit_zh);
    add(heads.denominator, shown(figure, "denominator", number(figure.denominator, 0)), " 人");
    if (indicator.scale !== 1) add("乘以", element("span", { class: "fixed" }, String(indicator.scale)));
    const standard = standardOf(common, figure);
    if (figure.threshold === null) add(heads.threshold, indicator.is_judged ? "没有适用的标准" : "只监测，不评判");
    else {
      add(heads.threshold, shown(figure, "threshold", number(figure.threshold, 2)), " " + indicator.unit_zh + "（" + common.words.direction[indicator.direction] + "）");
      if (standard) add("依据", element("span", { class: "fixed" }, standard.source_document + (standard.clause ? " " + standard.clause : "")));
      add(heads.ratio, shown(figure, "ratio", percent(figure.ratio)));
      add(heads.gap_to_threshold, shown(figure, "gap_to_threshold", gapText(figure.gap_to_threshold, indicator)));
      add(said.gap_to_floor_zh[figure.stage], shown(figure, "gap_to_floor", gapText(figure.gap_to_floor, indicator)));
    }
    return list;
  }
  function sourceTable(common, cells, figure, position, names) {
    const states = { value: "", constant: "固定值", none: "空白，按没有计", blank: "未填", quarantined: "数据有误待改", not_received: "未报" };
    const found = rows(cells, (r) => r.school_year === figure.school_year && r.school_code === figure.school_code && r.stage === figure.stage && r.indicator === position);
    const described = (r) => ({
      role: r.role === "numerator_term" ? "分子" + (Math.abs(r.factor) !== 1 ? " × " + number(Math.abs(r.factor), 0) : "") + (r.factor < 0 ? "（减去）" : "")
        : r.role === "denominator" ? "分母" : "分摊权重 × " + number(r.factor, 2),
      school: r.member_code ? (names[r.member_code] || r.member_code) : "本校",
      stage: common.words.stage[r.member_stage || (r.role === "numerator_term" ? "all" : figure.stage)] || "",
      heading: (common.words.feed[(cells.headings[r.heading] || [])[0]] || "") + " · " + ((cells.headings[r.heading] || [])[1] || ""),
      value: r.value, state: states[r.state],
      file: (cells.places[r.place] || [])[0], sheet: (cells.places[r.place] || [])[1],
      cell: r.cells || (r.row_number ? "第 " + r.row_number + " 行" : ""),
    });
    const table = junheng.listed(common, "source_cells", found.map(described),
      { columns: { value: { decimals: (row) => Math.min(4, (String(row.value).split(".")[1] || "").length) } } });
    table.querySelector("table").dataset.cells = KEYS.map((k) => figure[k]).join("|");
    return table;
  }
  /** Open the dialog of one figure. `names` gives the names of member schools. */
  function open(where, names) {
    Promise.all([load("common"), load("schools_" + where.part)]).then(([common, part]) => {
      const position = common.indicators.findIndex((i) => i.indicator_code === where.indicator_code);
      const indicator = common.indicators[position];
      const figure = rows(part.fct_school_indicators, (r) => KEYS.every((k) => r[k] === where[k]))[0];
      const school = rows(part.dim_schools, (r) => r.school_code === where.school_code)[0];
      const place = element("div", { id: "cells" }, element("p", { class: "loading" }, "正在读取来源单元格……"));
      const title = (school ? school.name_zh : where.school_code) + " · " + common.words.stage[where.stage] + " · " + indicator.label_zh;
      openDialog(title, element("p", { class: "note" }, element("span", { class: "fixed" }, where.school_year + " 学年"), "　", element("a", { href: "indicator_" + where.indicator_code + ".html" }, "指标的定义和分布")),
        facts(common, figure, indicator), place);
      if (!common.has_cells) { place.replaceChildren(element("p", { class: "note" }, "这一版本没有带来源单元格。")); return; }
      load("cells_" + where.part).then((cells) => place.replaceChildren(sourceTable(common, cells, figure, position, names || {})), (error) => junheng.fail(place, error));
    }, (error) => openDialog("读不到数据", element("p", {}, error.message)));
  }
  return { open, standardOf, gapText, KEYS };
})();
