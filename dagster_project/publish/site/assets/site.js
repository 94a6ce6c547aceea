// The pages' own script: data files, tables, charts, the dialog. A classic script, since modules don't load from file://.
"use strict";
var junheng = (function () {
  const root = document.body.dataset.root || "";
  const data = {};
  const waiting = {};

  // --- data: each file under data/ calls receive(name, value) ---
  function receive(name, value) {
    data[name] = value;
    (waiting[name] || []).forEach((resolve) => resolve(value));
    delete waiting[name];
  }
  function load(name) {
    if (name in data) return Promise.resolve(data[name]);
    if (waiting[name]) return new Promise((resolve) => waiting[name].push(resolve));
    return new Promise((resolve, reject) => {
      waiting[name] = [resolve];
      const script = document.createElement("script");
      script.src = "data/" + name + ".js";
      script.onerror = () => { delete waiting[name]; reject(new Error("缺少数据文件 data/" + name + ".js，请把整个 site 文件夹一起复制。")); };
      document.head.appendChild(script);
    });
  }
  /** Rows of a table of a data file as objects, those for which `keep` is true. */
  function rows(table, keep) {
    if (!table) return [];
    const found = [];
    for (const values of table.rows) {
      const row = {};
      table.columns.forEach((c, i) => { row[c] = values[i]; });
      if (!keep || keep(row)) found.push(row);
    }
    return found;
  }

  // --- numbers: rounded half up from the shortest decimal form, as everywhere in the project ---
  function number(value, decimals) {
    if (value === null || value === undefined || value === "") return "—";
    let text = String(value);
    let sign = "";
    if (text[0] === "-") { sign = "-"; text = text.slice(1); }
    if (text.includes("e")) {
      const [mantissa, exponent] = text.split("e");
      const [whole, part = ""] = mantissa.split(".");
      const shift = Number(exponent);
      text = shift < 0 ? "0." + "0".repeat(-shift - 1) + whole + part : whole + part + "0".repeat(Math.max(0, shift - part.length));
    }
    let [whole, part = ""] = text.split(".");
    const digits = (whole + part.padEnd(decimals + 1, "0").slice(0, decimals + 1)).split("").map(Number);
    if (digits.pop() >= 5) {
      let i = digits.length - 1;
      while (i >= 0 && digits[i] === 9) { digits[i] = 0; i -= 1; }
      if (i >= 0) digits[i] += 1; else digits.unshift(1);
    }
    const all = digits.join("");
    whole = all.slice(0, all.length - decimals).replace(/^0+(?=\d)/, "") || "0";
    part = decimals ? "." + all.slice(all.length - decimals) : "";
    if (!/[1-9]/.test(whole + part)) sign = "";
    return sign + whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + part;
  }
  function percent(value) {
    if (value === null || value === undefined) return "—";
    // × 100 on the decimal form, not in binary
    let text = String(value);
    if (text.includes("e")) text = Number(value).toFixed(20);
    const negative = text[0] === "-";
    let [whole, part = ""] = text.replace("-", "").split(".");
    part = part.padEnd(2, "0");
    return number((negative ? "-" : "") + whole + part.slice(0, 2) + "." + (part.slice(2) || "0"), 1) + "%";
  }
  const FAILED = ["not_met", "not_compliant", "red"], LACKING = ["not_available", "undetermined", "missing", "suppressed"];
  const REACHED = ["met", "compliant", "closed", "received", "nil", "accepted", "green"];
  function tone(status) {
    return FAILED.includes(status) ? "failed" : LACKING.includes(status) ? "lacking" : REACHED.includes(status) ? "reached" : "";
  }
  function sign(status) { return FAILED.includes(status) ? "▼" : LACKING.includes(status) ? "？" : ""; }

  // --- elements ---
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children.flat()) if (child !== null && child !== undefined) made.append(child);
    return made;
  }

  // --- tables as CSV: UTF-8 with BOM, no cell that a spreadsheet takes for a formula ---
  function csvField(value) {
    let text = value === null || value === undefined ? "" : String(value);
    if (typeof value !== "number" && /^[=+\-@\t\r\n＝＋－＠]/.test(text) && !/^-?[\d,]+(\.\d+)?%?$/.test(text)) text = "'" + text;
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  function saveCsv(name, lines) {
    const text = "\ufeff" + lines.map((line) => line.map(csvField).join(",")).join("\r\n") + "\r\n";
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    const link = element("a", { href: address, download: name.replace(/[<>:"/\\|?*\u0000-\u001f]/g, "_") + ".csv" });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  // --- a table that the page brought along: sort, find, filter, leaf through, take away ---
  function sortValue(text) {
    const plain = text.replace(/^[▼？→]+/, "").replace(/,/g, "");
    const found = plain.match(/^-?\d+(\.\d+)?(?=%?$)/);
    return found ? Number(found[0]) : plain === "—" || plain === "" ? null : plain;
  }
  function compare(a, b) {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "zh-CN");
  }
  function enhance(box) {
    const table = box.querySelector("table");
    if (!table || !table.tHead) return;
    const body = table.tBodies[0];
    const all = Array.from(body.rows);
    const size = Number(box.dataset.pageRows || 0);
    const search = box.querySelector("[data-search]");
    const filters = Array.from(box.querySelectorAll("[data-filter]"));
    const count = box.querySelector("[data-count]");
    const heads = Array.from(table.tHead.rows[0].cells);
    let order = all.slice(), page = 0;
    const cellOf = (row, name) => row.querySelector('[data-c="' + name + '"]');
    filters.forEach((select) => {
      const words = new Set(all.map((row) => (cellOf(row, select.dataset.filter) || {}).textContent || ""));
      Array.from(words).filter((w) => w).sort((a, b) => a.localeCompare(b, "zh-CN")).forEach((w) => select.append(element("option", { value: w }, w)));
      select.addEventListener("change", () => { page = 0; draw(); });
    });
    if (search) search.addEventListener("input", () => { page = 0; draw(); });
    const pager = element("div", { class: "pager" });
    box.append(pager);
    function kept() {
      const text = search ? search.value.trim().toLowerCase() : "";
      return order.filter((row) => (!text || row.textContent.toLowerCase().includes(text))
        && filters.every((s) => !s.value || (cellOf(row, s.dataset.filter) || {}).textContent === s.value));
    }
    function draw() {
      const found = kept();
      const pages = size ? Math.max(1, Math.ceil(found.length / size)) : 1;
      page = Math.min(page, pages - 1);
      body.replaceChildren(...(size ? found.slice(page * size, (page + 1) * size) : found));
      if (count) count.textContent = found.length === all.length ? "共 " + all.length + " 行" : "找到 " + found.length + " 行，共 " + all.length + " 行";
      pager.replaceChildren(...pagerParts(page, pages, (to) => { page = to; draw(); }));
      fit();
    }
    const fit = fitting(box, table, heads, all);
    heads.forEach((head, i) => {
      const button = element("button", { type: "button" }, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((h) => h.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const value = new Map(all.map((row) => [row, sortValue(row.cells[i].textContent)]));
        order.sort((a, b) => {
          const [x, y] = [value.get(a), value.get(b)];
          return x === null || y === null ? compare(x, y) : up ? compare(x, y) : compare(y, x);
        });
        draw();
      });
    });
    const csv = box.querySelector("[data-csv]");
    if (csv) csv.addEventListener("click", () => {
      const lines = [heads.map((h) => h.textContent), ...kept().map((row) => heads.map((h, i) => row.cells[i].textContent.trim()))];
      saveCsv((table.caption || {}).textContent || document.title, lines);
    });
    // an address such as page.html#table?column=text sets the filters that the table has, and shows the table
    function follow() {
      const [name, query] = location.hash.slice(1).split("?");
      if (name !== box.id || query === undefined) return;
      const wanted = new URLSearchParams(query);
      filters.forEach((select) => {
        const text = wanted.get(select.dataset.filter);
        select.value = Array.from(select.options).some((o) => o.value === text) ? text : "";
      });
      page = 0;
      draw();
      box.scrollIntoView();
    }
    window.addEventListener("hashchange", follow);
    // printed whole
    window.addEventListener("beforeprint", () => { if (size) body.replaceChildren(...kept()); });
    window.addEventListener("afterprint", draw);
    draw();
    follow();
  }
  /** Function that folds the last columns of a table that is wider than the page; a button in each row shows all of them. */
  function fitting(box, table, heads, all) {
    const scroll = box.querySelector(".scroll"), rule = element("style", {});
    let hasButtons = false;
    function addButtons() {
      hasButtons = true;
      document.head.append(rule);
      table.tHead.rows[0].append(element("th", { scope: "col", class: "more" }, "全部"));
      const open = (row) => openDialog((table.caption || {}).textContent || document.title, element("dl", { class: "facts" },
        heads.flatMap((h, i) => [element("dt", {}, h.textContent), element("dd", {}, ...Array.from(row.cells[i].cloneNode(true).childNodes))])));
      all.forEach((row) => row.append(element("td", { class: "more" }, element("button", { type: "button", class: "quiet", onclick: () => open(row) }, "展开"))));
    }
    const isTooWide = () => scroll.scrollWidth > scroll.clientWidth + 1;
    const show = (columns) => { rule.textContent = "@media screen { #" + box.id + " tr > :nth-child(n+" + (columns + 1) + "):not(.more)" + (columns < heads.length ? "" : ", #" + box.id + " .more") + " { display: none; } }"; };
    function fit() {
      table.classList.remove("narrow");
      show(heads.length);
      if (!isTooWide()) return;
      table.classList.add("narrow");
      if (!isTooWide()) return;
      const edge = scroll.getBoundingClientRect().right;
      let columns = heads.findIndex((h) => h.getBoundingClientRect().right > edge);
      if (!hasButtons) addButtons();
      for (show(columns); columns > 1 && isTooWide(); show(columns)) columns -= 1;
    }
    let asked = 0;
    window.addEventListener("resize", () => { cancelAnimationFrame(asked); asked = requestAnimationFrame(fit); });
    return fit;
  }
  function pagerParts(page, pages, go) {
    if (pages < 2) return [];
    return [
      element("button", { type: "button", disabled: page === 0, onclick: () => go(page - 1) }, "上一页"),
      element("span", {}, "第 " + (page + 1) + " / " + pages + " 页"),
      element("button", { type: "button", disabled: page === pages - 1, onclick: () => go(page + 1) }, "下一页"),
    ];
  }

  // --- charts: drawn by the bundled script, as SVG, without a network ---
  const loaded = document.readyState === "complete" ? Promise.resolve() : new Promise((resolve) => window.addEventListener("load", resolve));
  function draw(canvas, spec) { return loaded.then(() => drawNow(canvas, spec)); }
  function drawNow(canvas, spec) {
    if (!window.vegaEmbed) { canvas.textContent = "图没有画出来：缺少 assets/vega.js。"; return undefined; }
    const refuse = { load: () => Promise.reject(new Error("no network")), sanitize: () => Promise.reject(new Error("no network")) };
    return window.vegaEmbed(canvas, spec, { actions: false, renderer: "svg", loader: refuse, tooltip: true }).then(() => {
      canvas.dataset.drawn = "true";
      if (canvas.scrollWidth > canvas.clientWidth) canvas.tabIndex = 0;
    });
  }
  function drawCharts() {
    document.querySelectorAll("figure.chart[data-chart]").forEach((figure) => {
      const spec = figure.querySelector("script.spec");
      if (spec) draw(figure.querySelector(".canvas"), JSON.parse(spec.textContent));
    });
  }

  // --- the dialog: where a figure comes from ---
  function openDialog(title, ...content) {
    const dialog = document.getElementById("detail");
    document.getElementById("detail-title").textContent = title;
    document.getElementById("detail-body").replaceChildren(...content);
    if (!dialog.open) dialog.showModal();
    return dialog;
  }
  document.querySelectorAll("[data-close]").forEach((b) => b.addEventListener("click", () => b.closest("dialog").close()));

  /** A table that the catalogue declares, with these rows; `more` holds options of tableOf, and in `more.columns` further ones of single columns. */
  function listed(common, name, given, more) {
    const spec = common.tables[name], further = more || {};
    const columns = spec.columns.map((c) => ({ ...c, words: c.words ? common.words[c.words] : c.kind === "verdict" ? common.words.status : null, lacking: common.words.status, ...(further.columns || {})[c.name] }));
    return tableOf({ mart: spec.mart, keys: spec.key, caption: spec.title_zh, rows: given, ...further, columns: columns });
  }
  /** A table made from rows: columns are {name, label, kind, decimals, words, status, show}; cells name their mart's columns. */
  function tableOf(options) {
    const { mart, keys, columns, rows: given, caption, csv, limit } = options;
    const body = element("tbody", {}, given.map((row, i) => {
      const line = element("tr", { "data-k": mart ? keys.map((k) => row[k] === null || row[k] === undefined ? "" : row[k]).join("|") : null,
        class: limit && i >= limit ? "screen-only" : null });
      columns.forEach((c) => line.append(cellOf(row, c)));
      return line;
    }));
    const table = element("table", { "data-t": mart, "data-keys": mart ? keys.join(" ") : null },
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, columns.map((c) => element("th", { scope: "col", class: isNumber(c) ? "n" : null }, c.label)))),
      body);
    const box = element("div", { class: "table" });
    if (csv !== false) {
      box.append(element("div", { class: "tools" }, element("span", { class: "count" }, "共 " + given.length + " 行"),
        element("button", { type: "button", class: "quiet", onclick: () => saveCsv(caption, [columns.map((c) => c.label), ...given.map((row) => columns.map((c) => plain(row, c)))]) }, "下载 CSV")));
    }
    box.append(element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table));
    if (limit && given.length > limit) box.append(element("p", { class: "only-print note" }, "其余 " + (given.length - limit) + " 行见网页。"));
    return box;
  }
  function isNumber(c) { return ["whole", "yuan", "number", "percent"].includes(c.kind); }
  function textOf(row, c) {
    const value = row[c.name];
    if (c.kind === "verdict") return value ? sign(value) + (c.words[value] || value) : "—";
    if (value === null || value === undefined || value === "") return "—";
    if (c.words) return c.words[value] || String(value);
    if (c.kind === "whole" || c.kind === "yuan") return number(value, 0);
    if (c.kind === "number") return number(value, decimalsOf(row, c));
    if (c.kind === "percent") return percent(value);
    return String(value);
  }
  function decimalsOf(row, c) {
    if (typeof c.decimals === "function") return c.decimals(row);
    return typeof c.decimals === "object" ? c.decimals[row.condition_code] || 0 : c.decimals;
  }
  function plain(row, c) { return isNumber(c) && !c.words ? row[c.name] : textOf(row, c); }
  function cellOf(row, c) {
    const status = c.kind === "verdict" ? row[c.name] : c.status ? row[c.status] : null;
    let text = textOf(row, c);
    if (c.status) text = text === "—" && LACKING.includes(status) ? "？" + (c.lack ? c.lack(row) : c.lacking[status]) : (FAILED.includes(status) ? "▼" : "") + text;
    const inner = c.show ? c.show(row, text) : text;
    return element("td", { "data-c": c.name, class: [isNumber(c) ? "n" : "", tone(status)].join(" ").trim() || null }, inner);
  }

  function fail(place, error) { place.replaceChildren(element("p", { class: "empty", role: "alert" }, error.message)); }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("main .table[data-listed]").forEach(enhance);
    drawCharts();
  });
  return { receive, load, rows, number, percent, tone, sign, element, saveCsv, csvField, openDialog, listed, tableOf, pagerParts, draw, fail, compare, root };
})();
