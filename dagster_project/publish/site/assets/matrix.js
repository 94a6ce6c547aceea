// The matrix of schools and indicators; with data-indicator, one indicator's schools from the lowest up.
"use strict";
(function () {
  const { load, rows, number, percent, element, tone, sign, compare, saveCsv, pagerParts, fail } = junheng;
  const place = document.getElementById("matrix");
  const only = place.dataset.indicator || null;
  const SIZE = 50;

  Promise.all([load("common"), load("matrix")]).then(([common, matrix]) => start(common, matrix), (error) => fail(place, error));

  function start(common, matrix) {
    const words = common.words, schoolHeads = common.labels.dim_schools, unitHeads = common.labels.fct_school_compliance;
    const shownIndicators = () => common.indicators.filter((i) => (only ? i.indicator_code === only : i.is_judged || state.all));
    const units = matrix ? rows(matrix) : [];
    const names = Object.fromEntries(units.map((u) => [u.school_code, u.name_zh]));
    const state = { text: "", stage: "", town: "", school_type: "", ownership: "", education_group: "", status: "", sort: only ? "v:" + only : "", up: true, page: 0, all: false };
    const statusOf = (u) => (only ? u["s:" + only] : u.status);
    if (only && units.some((u) => u["s:" + only] === "not_met")) state.status = "not_met";

    const fixed = [
      { name: "name_zh", label: schoolHeads.name_zh, text: (u) => u.name_zh },
      { name: "town", label: schoolHeads.town, text: (u) => u.town || "—" },
      { name: "school_type", label: schoolHeads.school_type, text: (u) => words.school_type[u.school_type] || u.school_type },
      { name: "stage", label: unitHeads.stage, text: (u) => words.stage[u.stage] },
      { name: "students", label: unitHeads.students, number: true, text: (u) => number(u.students, 0) },
    ];
    const verdicts = only ? [{ name: "s:" + only, label: common.labels.fct_school_indicators.status, status: true, text: (u) => u["s:" + only] ? sign(u["s:" + only]) + words.status[u["s:" + only]] : "—" }] : [
      { name: "indicators_met", label: unitHeads.indicators_met, number: true, text: (u) => number(u.indicators_met, 0) },
      { name: "lowest_ratio", label: unitHeads.lowest_ratio, number: true, text: (u) => percent(u.lowest_ratio) },
      { name: "status", label: unitHeads.status, status: true, text: (u) => sign(u.status) + words.status[u.status] },
    ];
    const columns = () => [...fixed, ...shownIndicators().map((i) => ({ name: "v:" + i.indicator_code, label: i.label_zh, number: true, indicator: i, text: (u) => figureText(u, i) })), ...verdicts];
    function figureText(u, i) {
      const value = u["v:" + i.indicator_code], status = u["s:" + i.indicator_code];
      if (value === null) return status === "not_available" ? "？缺数据" : "—";
      return (status === "not_met" ? "▼" : "") + number(value, i.decimals);
    }
    const title = "各校" + common.phrases.indicators_zh;
    const unitKey = (u) => [common.year, u.school_code, u.stage].join("|");

    function kept() {
      const text = state.text.trim().toLowerCase();
      const found = units.filter((u) => (!text || u.name_zh.toLowerCase().includes(text) || u.school_code.includes(text))
        && ["stage", "town", "school_type", "ownership", "education_group"].every((n) => !state[n] || u[n] === state[n])
        && (!state.status || statusOf(u) === state.status));
      if (state.sort) {
        found.sort((a, b) => {
          const [x, y] = [a[state.sort], b[state.sort]];
          return x === null || y === null ? compare(x, y) : state.up ? compare(x, y) : compare(y, x);
        });
      }
      return found;
    }
    function choice(name, label, wordsOf, value) {
      const values = Array.from(new Set(units.map(value || ((u) => u[name])))).filter((v) => v);
      if (values.length < 2 && name !== "status") return null;
      values.sort((a, b) => compare(wordsOf(a), wordsOf(b)));
      return element("label", {}, label + " ", element("select", { "data-filter": name, onchange: (e) => { state[name] = e.target.value; state.page = 0; draw(); } },
        element("option", { value: "" }, "全部"), values.map((v) => element("option", { value: v, selected: state[name] === v }, wordsOf(v)))));
    }
    const same = (v) => v;
    const count = element("span", { class: "count", "aria-live": "polite" });
    const tools = element("div", { class: "tools" },
      element("label", {}, "查找学校 ", element("input", { type: "search", "data-search": true, oninput: (e) => { state.text = e.target.value; state.page = 0; draw(); } })),
      choice("stage", unitHeads.stage, (v) => words.stage[v]), choice("town", schoolHeads.town, same), choice("school_type", schoolHeads.school_type, (v) => words.school_type[v] || v),
      choice("ownership", schoolHeads.ownership, (v) => words.ownership[v] || v), choice("education_group", schoolHeads.education_group, same),
      choice("status", only ? common.labels.fct_school_indicators.status : unitHeads.status, (v) => words.status[v], statusOf),
      only ? null : element("label", {}, element("input", { type: "checkbox", onchange: (e) => { state.all = e.target.checked; draw(); } }), " 同时显示只监测的指标"),
      count, element("button", { type: "button", class: "quiet", "data-csv": true, onclick: takeAway }, "下载 CSV"));
    const head = element("thead", {}), body = element("tbody", {});
    const table = element("table", { "data-t": "fct_school_compliance", "data-keys": "school_year school_code stage" }, element("caption", {}, only ? "各校数值" : title), head, body);
    const pager = element("div", { class: "pager" });
    place.classList.add("table");
    place.replaceChildren(tools, element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "各校指标表" }, table), pager);

    function takeAway() {
      const listed = columns();
      saveCsv((only ? common.indicators.find((i) => i.indicator_code === only).label_zh : title) + "_" + common.year, [
        [schoolHeads.school_code, ...listed.flatMap((c) => (c.indicator ? [c.label, c.label + "：判断"] : [c.label]))],
        ...kept().map((u) => [u.school_code, ...listed.flatMap((c) => c.indicator ? [u[c.name], words.status[u["s:" + c.indicator.indicator_code]] || ""] : [c.number ? u[c.name] : c.text(u)])]),
      ]);
    }
    function headCell(c) {
      const sorted = state.sort === c.name ? (state.up ? "ascending" : "descending") : null;
      return element("th", { scope: "col", class: c.number ? "n wrap" : null, "aria-sort": sorted },
        element("button", { type: "button", "data-sort": c.name, onclick: () => { state.up = state.sort === c.name ? !state.up : true; state.sort = c.name; state.page = 0; draw(c.name); } }, c.label));
    }
    function cell(u, c) {
      if (c.name === "name_zh") return element("th", { scope: "row", "data-t": "dim_schools", "data-keys": "school_year school_code", "data-k": common.year + "|" + u.school_code, "data-c": "name_zh" }, element("a", { href: "school.html#" + u.school_code }, u.name_zh));
      if (["town", "school_type"].includes(c.name)) return element("td", { "data-t": "dim_schools", "data-keys": "school_year school_code", "data-k": common.year + "|" + u.school_code, "data-c": c.name }, c.text(u));
      if (c.indicator || (only && c.status)) {
        const code = c.indicator ? c.indicator.indicator_code : only, status = u["s:" + code];
        const key = { "data-t": "fct_school_indicators", "data-keys": "school_year school_code stage indicator_code", "data-k": unitKey(u) + "|" + code, "data-c": c.indicator ? "value" : "status" };
        if (!c.indicator) return element("td", { ...key, class: tone(status) || null }, c.text(u));
        return element("td", { ...key, class: ("n " + (tone(status) === "reached" ? "" : tone(status))).trim() }, element("button", { type: "button", class: "figure", "aria-haspopup": "dialog",
          onclick: () => junheng.figure.open({ part: u.part, school_code: u.school_code, stage: u.stage, indicator_code: code, school_year: common.year }, names) }, c.text(u)));
      }
      return element("td", { "data-c": c.name, class: [c.number ? "n" : "", c.status ? tone(u[c.name]) : ""].join(" ").trim() || null }, c.text(u));
    }
    function draw(focus) {
      const found = kept(), pages = Math.max(1, Math.ceil(found.length / SIZE));
      state.page = Math.min(state.page, pages - 1);
      const listed = columns();
      head.replaceChildren(element("tr", {}, listed.map(headCell)));
      body.replaceChildren(...found.slice(state.page * SIZE, (state.page + 1) * SIZE).map((u) => element("tr", { "data-k": unitKey(u) }, listed.map((c) => cell(u, c)))));
      if (!found.length) body.append(element("tr", {}, element("td", { colspan: listed.length }, "没有符合条件的学校。")));
      count.textContent = found.length === units.length ? "共 " + units.length + " 行" : "找到 " + found.length + " 行，共 " + units.length + " 行";
      pager.replaceChildren(...pagerParts(state.page, pages, (to) => { state.page = to; draw(); }));
      if (focus) { const button = head.querySelector('[data-sort="' + focus + '"]'); if (button) button.focus(); }
      place.dataset.ready = "true";
    }
    draw();
  }
})();
