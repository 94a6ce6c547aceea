// The view of one school: school.html#<code>.
"use strict";
(function () {
  const { load, rows, number, percent, element, tone, sign, listed, fail } = junheng;
  const place = document.getElementById("school");
  const YEAR = ["school_year", "school_code"];

  function show() {
    const code = decodeURIComponent(location.hash.slice(1));
    Promise.all([load("common"), load("schools")]).then(([common, index]) => {
      const schools = rows(index);
      const school = schools.find((s) => s.school_code === code);
      if (!school) { finder(common, schools, code); return; }
      load("schools_" + school.part).then((part) => view(common, schools, school, part), (error) => fail(place, error));
    }, (error) => fail(place, error));
  }

  // --- no school chosen yet: find one ---
  function finder(common, schools, code) {
    document.querySelector("h1").textContent = "学校";
    const list = element("div", {});
    const input = element("input", { type: "search", "data-search": true, oninput: draw });
    const town = element("select", { onchange: draw }, element("option", { value: "" }, "全部"), Array.from(new Set(schools.map((s) => s.town))).filter((t) => t).map((t) => element("option", {}, t)));
    const type = element("select", { onchange: draw }, element("option", { value: "" }, "全部"),
      Array.from(new Set(schools.map((s) => s.school_type))).map((t) => element("option", { value: t }, common.words.school_type[t] || t)));
    function draw() {
      const text = input.value.trim().toLowerCase();
      const found = schools.filter((s) => (!text || s.name_zh.toLowerCase().includes(text) || s.school_code.includes(text)) && (!town.value || s.town === town.value) && (!type.value || s.school_type === type.value));
      const shown = found.slice(0, 300);
      list.replaceChildren(listed(common, "school_list", shown.map((s) => ({ ...s, school_year: common.year })),
        { columns: { name_zh: { show: (row, shownText) => element("a", { href: "#" + row.school_code }, shownText) } } }));
      if (found.length > shown.length) list.append(element("p", { class: "note" }, "只列出前 300 所，请输入校名缩小范围。"));
    }
    place.replaceChildren(
      code ? element("p", { class: "empty", role: "alert" }, "本学年的学校名录里没有这个学校标识码，请从下面的名单里找。") : element("p", { class: "lead" }, "输入校名的一部分，或按镇街、办学类型查找，点校名看这所学校的全部情况。"),
      element("div", { class: "finder" }, element("label", {}, "查找学校 ", input), element("label", {}, common.labels.dim_schools.town + " ", town), element("label", {}, common.labels.dim_schools.school_type + " ", type)), list);
    draw();
    place.dataset.ready = "finder";
  }

  // --- one school ---
  function view(common, schools, school, part) {
    const words = common.words, code = school.school_code, year = common.year;
    const mine = (table, keep) => rows(part[table], (r) => r.school_code === code && (!keep || keep(r)));
    const names = Object.fromEntries(schools.map((s) => [s.school_code, s.name_zh]));
    const dim = mine("dim_schools")[0];
    dim.school_year = year;
    document.title = school.name_zh + " · 义务教育优质均衡监测";
    const heading = document.querySelector("h1");
    heading.replaceChildren(cell("dim_schools", YEAR, dim, "name_zh", school.name_zh));
    const content = [head(common, dim, names)];
    const stages = ["primary", "junior_secondary"];
    for (const stage of stages) {
      const verdict = mine("fct_school_compliance", (r) => r.stage === stage && r.school_year === year)[0];
      if (verdict) content.push(stageSection(common, dim, verdict, mine, names, school.part));
    }
    // two stages on one printed page need smaller letters
    place.classList.toggle("dense", content.length > 2);
    const shares = mine("rpt_stage_shares", (r) => r.school_stages > 1);
    if (shares.length) content.push(section("共用资源怎样分到各学段", listed(common, "school_shares", shares, { csv: false })));
    const lines = shares.length ? 2 : 3; // of each ledger on a printed page
    const extra = [classes(common, mine, lines), ...common.sections.map((s) => declared(common, s, mine, lines)), returns(common, mine, lines - 1)];
    place.replaceChildren(...content, ...extra.filter((e) => e));
    Promise.all(Array.from(place.querySelectorAll("figure[data-spec]")).map((f) => junheng.draw(f.querySelector(".canvas"), f.spec))).then(() => { place.dataset.ready = code; });
    window.scrollTo(0, 0);
  }
  function cell(mart, keys, row, name, text, cls) {
    return element("span", { "data-t": mart, "data-keys": keys.join(" "), "data-k": keys.map((k) => (row[k] === null || row[k] === undefined ? "" : row[k])).join("|"), "data-c": name, class: cls || null }, text);
  }
  function section(title, ...content) {
    const id = "h-" + title.length + "-" + Array.from(title).reduce((sum, c) => sum + c.charCodeAt(0), 0);
    return element("section", { "aria-labelledby": id }, element("h2", { id: id }, title), ...content);
  }
  function head(common, dim, names) {
    const words = common.words;
    const facts = [["school_code", dim.school_code], ["town", dim.town], ["school_type", words.school_type[dim.school_type] || dim.school_type],
      ["ownership", words.ownership[dim.ownership] || dim.ownership], ["education_group", dim.education_group]];
    const line = element("p", {});
    facts.filter((f) => f[1]).forEach((f, i) => line.append((i ? "　" : "") + common.labels.dim_schools[f[0]] + " ", cell("dim_schools", YEAR, dim, f[0], f[1])));
    const parts = [line];
    if (dim.master_school_code) parts.push(element("p", {}, "数据并入 ", element("a", { href: "#" + dim.master_school_code }, names[dim.master_school_code] || "另一所学校"), "，不单独评判。"));
    if (dim.is_held) parts.push(element("p", { class: "lacking" }, "挂起：", cell("dim_schools", YEAR, dim, "held_reason_zh", dim.held_reason_zh)));
    parts.push(element("p", { class: "screen-only" }, element("a", { href: "school.html" }, "换一所学校"), "　", element("button", { type: "button", class: "quiet", onclick: () => window.print() }, "打印本页")));
    return element("div", { class: "school-head" }, parts);
  }

  function stageSection(common, dim, verdict, mine, names, part) {
    const words = common.words, stage = verdict.stage, year = common.year;
    const keys = ["school_year", "school_code", "stage"];
    const figures = mine("fct_school_indicators", (r) => r.stage === stage);
    const now = figures.filter((r) => r.school_year === year);
    const shares = Object.fromEntries(mine("fct_school_variance_shares", (r) => r.stage === stage && r.school_year === year).map((r) => [r.indicator_code, r]));
    const byCode = Object.fromEntries(common.indicators.map((i) => [i.indicator_code, i]));
    const order = common.indicators.map((i) => i.indicator_code);
    now.sort((a, b) => order.indexOf(a.indicator_code) - order.indexOf(b.indicator_code));
    const line = element("p", { class: "lead" }, element("span", { class: "verdict " + tone(verdict.status) }, cell("fct_school_compliance", keys, verdict, "status", sign(verdict.status) + words.status[verdict.status])), "　");
    if (verdict.reason_zh) line.append(cell("fct_school_compliance", keys, verdict, "reason_zh", verdict.reason_zh), "。");
    line.append("学生 ", cell("fct_school_compliance", keys, verdict, "students", number(verdict.students, 0)), " 人；达标 ", cell("fct_school_compliance", keys, verdict, "indicators_met", number(verdict.indicators_met, 0)), " 项，可评 ", cell("fct_school_compliance", keys, verdict, "indicators_available", number(verdict.indicators_available, 0)), " 项。");
    const open = (row) => junheng.figure.open({ part: part, school_code: row.school_code, stage: row.stage, indicator_code: row.indicator_code, school_year: row.school_year }, names);
    const table = listed(common, "school_indicators", now, { caption: words.stage[stage] + common.tables.school_indicators.title_zh, columns: {
      indicator_code: { show: (row, text) => element("a", { href: "indicator_" + row.indicator_code + ".html" }, text) },
      value: { decimals: (row) => byCode[row.indicator_code].decimals, lack: (row) => words.missing[row.missing_reason] || "缺数据", show: (row, text) => element("button", { type: "button", class: "figure", "aria-haspopup": "dialog", onclick: () => open(row) }, text) },
      gap_to_threshold: { show: (row) => (row.status === "not_met" || row.status === "met" ? junheng.figure.gapText(row.gap_to_threshold, byCode[row.indicator_code]) : "—") },
    } });
    // the share of the district's variation is a column of another mart: its cells name their own key
    table.querySelector("thead tr").append(element("th", { scope: "col", class: "n" }, common.labels.fct_school_variance_shares.variance_share));
    table.querySelectorAll("tbody tr").forEach((tr, i) => {
      const share = shares[now[i].indicator_code];
      tr.append(share ? element("td", { class: "n", "data-t": "fct_school_variance_shares", "data-keys": junheng.figure.KEYS.join(" "), "data-k": junheng.figure.KEYS.map((k) => share[k]).join("|"), "data-c": "variance_share" }, percent(share.variance_share)) : element("td", { class: "n" }, "—"));
    });
    const drawings = [chart("ratios", common.charts.ratios && common.charts.ratios[stage], ratioRows(common, now, common.phrases.floor_ratio[stage]), words.stage[stage] + "：与标准之比"), chart("trends", common.charts.trends, trendRows(common, figures), words.stage[stage] + "：逐年变化", "wide-chart")];
    const years = trendTable(common, figures, stage, open);
    return section(words.stage[stage], line, element("div", { class: "table-and-chart" }, table, drawings[0]), drawings[1], years);
  }
  // as charts.ratio_row makes it
  function ratioRow(label, ratio, floor) {
    if (ratio === null) return { label: label, ratio: null, state: "missing", text: "？缺数据" };
    return { label: label, ratio: ratio, state: ratio >= 1 ? "reached" : floor !== null && ratio >= floor ? "near" : "failed", text: (ratio < 1 ? "▼" : ratio > 2 ? "→" : "") + percent(ratio) };
  }
  function ratioRows(common, now, floor) {
    const found = common.indicators.filter((i) => i.is_judged).map((i) => [i, now.find((r) => r.indicator_code === i.indicator_code) || {}]);
    // an indicator without a standard in that year is not compared with one
    return found.filter(([, figure]) => figure.threshold !== null).map(([i, figure]) => {
      return ratioRow(i.short_zh, figure.ratio === undefined ? null : figure.ratio, floor);
    });
  }
  function trendRows(common, figures) {
    const found = [];
    for (const i of common.indicators.filter((x) => x.is_judged)) {
      for (const year of common.years) {
        const figure = figures.find((r) => r.indicator_code === i.indicator_code && r.school_year === year) || {};
        found.push({ indicator: i.short_zh, period: String(year), value: figure.value === undefined ? null : figure.value, limit: figure.threshold === undefined ? null : figure.threshold, text: "" });
      }
      const last = found.filter((r) => r.indicator === i.short_zh && r.value !== null).pop();
      if (last) last.text = number(last.value, i.decimals);
    }
    return found;
  }
  function chart(kind, template, given, title, cls) {
    if (!template || !given.some((r) => r.ratio !== null && r.ratio !== undefined || r.value !== null && r.value !== undefined)) return null;
    const spec = JSON.parse(JSON.stringify(template));
    spec.datasets = { ...spec.datasets, rows: given };
    const figure = element("figure", { class: "chart " + kind + " " + (cls || ""), "data-spec": "true" }, element("figcaption", {}, title), element("div", { class: "canvas", role: "img", "aria-label": title + "，数据见表" }));
    figure.spec = spec;
    return figure;
  }
  function trendTable(common, figures, stage, open) {
    if (common.years.length < 2) return null;
    const head = element("tr", {}, element("th", { scope: "col" }, common.tables.school_indicators.columns[0].label), common.years.map((y) => element("th", { scope: "col", class: "n fixed" }, String(y))));
    const lines = common.indicators.map((i) => element("tr", {}, element("th", { scope: "row", class: "fixed" }, i.label_zh), common.years.map((y) => {
      const f = figures.find((r) => r.indicator_code === i.indicator_code && r.school_year === y);
      if (!f) return element("td", { class: "n" }, "—");
      const text = f.value === null ? (f.status === "not_available" ? "？" + (common.words.missing[f.missing_reason] || "缺数据") : "—") : (f.status === "not_met" ? "▼" : "") + number(f.value, i.decimals);
      return element("td", { class: ("n " + (tone(f.status) === "reached" ? "" : tone(f.status))).trim(), "data-t": "fct_school_indicators", "data-keys": junheng.figure.KEYS.join(" "), "data-k": junheng.figure.KEYS.map((k) => f[k]).join("|"), "data-c": "value" },
        element("button", { type: "button", class: "figure", "aria-haspopup": "dialog", onclick: () => open(f) }, text));
    })));
    return element("details", {}, element("summary", {}, "逐年的数"), element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": common.words.stage[stage] + "逐年的数" }, element("table", {}, element("thead", {}, head), element("tbody", {}, lines))));
  }

  function classes(common, mine, lines) {
    const all = mine("fct_classes");
    if (!all.length) return null;
    const stageOrder = ["preschool", "primary", "junior_secondary", "senior_secondary", "secondary_vocational"];
    all.sort((a, b) => stageOrder.indexOf(a.stage) - stageOrder.indexOf(b.stage) || Number(a.grade) - Number(b.grade) || a.class_name.localeCompare(b.class_name, "zh-CN", { numeric: true }));
    const marked = all.map((r) => ({ ...r, band_tone: r.size_band && r.size_band !== "within_standard" ? "not_met" : "" }));
    const over = marked.filter((r) => r.band_tone);
    const make = (caption, given, limit) => listed(common, "school_classes", given, { caption: caption, limit: limit, columns: { size_band: { status: "band_tone" } } });
    const parts = [over.length ? make("超过标准班额的班", over, lines) : element("p", {}, "没有超过标准班额的班。")];
    parts.push(element("details", {}, element("summary", {}, common.tables.school_classes.title_zh), make(common.tables.school_classes.title_zh, marked)));
    return section("班级", ...parts);
  }
  // a section that the catalogue declares: its tables, each with the rows of this school in the order of its entry
  function declared(common, spec, mine, lines) {
    const found = spec.tables.map((name) => [name, ordered(mine(common.tables[name].mart), common.tables[name].order)]).filter((t) => t[1].length);
    return found.length ? section(spec.title_zh, ...found.map((t) => listed(common, t[0], t[1], { limit: lines }))) : null;
  }
  // by `column`, `-column` or ranks of values, as catalogue/rows.py orders; missing values come last
  function ordered(given, order) {
    for (const step of Array.from(order).reverse()) {
      const descends = typeof step === "string" && step.startsWith("-");
      const name = typeof step === "string" ? step.replace("-", "") : Object.keys(step)[0];
      const rank = (row) => (typeof step === "string" ? row[name] : step[name][row[name]] || 0);
      given.sort((a, b) => {
        const one = rank(a), other = rank(b);
        if (one === null || other === null) return (one === null) - (other === null);
        return one === other ? 0 : (one < other) === descends ? 1 : -1;
      });
    }
    return given;
  }
  function returns(common, mine, lines) {
    const owed = mine("fct_completeness", (r) => r.due).sort((a, b) => a.feed.localeCompare(b.feed));
    const problems = mine("fct_problems").sort((a, b) => (b.school_year || 0) - (a.school_year || 0));
    const parts = [];
    const missing = owed.filter((r) => r.status !== "received");
    if (owed.length) parts.push(missing.length ? listed(common, "school_owed", missing, { csv: false }) : element("p", {}, "本学年应报的报表都已报来。"));
    parts.push(problems.length ? listed(common, "school_problems", problems, { limit: lines }) : element("p", {}, "报来的数据没有列出问题。"));
    return section("报送与问题", ...parts);
  }

  window.addEventListener("hashchange", show);
  show();
})();
