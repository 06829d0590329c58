"use strict";
// What the page does with scripts: it draws the runs that a reader chooses, opens what is closed before printing, and, when it
// came from a server, takes up what is new.
(() => {
  const byId = (id) => document.getElementById(id);
  const NS = "http://www.w3.org/2000/svg";
  // The modes' colours in every figure, and a marker each, drawn around a point.
  const COLOURS = ["#0072b2", "#b57300", "#007d5b", "#a84d82", "#2b86ba", "#b34800"];
  const MARKS = ["m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", "m0-3.6l3.4 6h-6.8z", "m-2.8-2.8h5.6v5.6h-5.6z", "m0-4l4 4l-4 4l-4-4z", "m0 3.6l3.4-6h-6.8z", "m-1-3.5h2v2.5h2.5v2h-2.5v2.5h-2v-2.5h-2.5v-2h2.5z"];
  const SCALES = {
    ns: [["s", 1e9], ["ms", 1e6], ["µs", 1e3], ["ns", 1]],
    B: [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10], ["B", 1]],
  };

  function shape(name, attributes, text) {
    const node = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  // unpack reads what package report packed (values.go).
  async function unpack(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    const plain = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    const length = new DataView(plain).getUint32(0, true);
    const data = JSON.parse(new TextDecoder().decode(new Uint8Array(plain, 4, length)));
    data.values = new Float32Array(plain, 4 + length);
    data.warm = new Set(data.runs.warm_up);
    return data;
  }

  const scaleFor = (unit, most) => (SCALES[unit] || []).find(([, size]) => most >= size) || (SCALES[unit] ? SCALES[unit].at(-1) : ["", 1]);
  const number = (value) => Number(value.toPrecision(4)).toString();

  function medianOf(values) {
    const sorted = Float64Array.from(values).sort();
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  function ticks(low, high, about) {
    const rough = (high - low) / about;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const all = [];
    for (let at = Math.ceil(low / step); at * step <= high; at++) all.push(Number((at * step).toPrecision(12)));
    return all;
  }

  function option(select, value, text, parent) {
    const node = document.createElement("option");
    node.value = value;
    node.textContent = text;
    (parent || select).append(node);
  }

  function fill(data) {
    const sections = new Map();
    data.series.forEach((one, i) => {
      if (!sections.has(one.operation)) {
        const section = document.createElement("optgroup");
        section.label = one.operation;
        sections.set(one.operation, section);
        byId("metric").append(section);
      }
      option(byId("metric"), i, one.name, sections.get(one.operation));
    });
    byId("metric").value = Math.max(0, data.series.findIndex((one) => one.first));
    const used = [...new Set(data.cells.map((cell) => cell.mode))].sort((a, b) => a - b);
    const paths = [...new Set(data.cells.map((cell) => cell.path))];
    option(byId("mode"), "", "all modes");
    used.forEach((mode) => option(byId("mode"), mode, data.modes[mode]));
    option(byId("path"), "", "all paths");
    paths.forEach((path) => option(byId("path"), path, path));
    byId("path").parentElement.hidden = paths.length < 2;
    option(byId("cells"), "", "all cells");
    data.groups.forEach((group, i) => option(byId("cells"), i, group || "all alike"));
    byId("cells").parentElement.hidden = data.groups.length < 2;
    if (data.groups.length > 4) byId("cells").value = 0;
  }

  // chosen gives the runs that are to be drawn, a column for each cell.
  function chosen(data) {
    const series = Number(byId("metric").value);
    const [mode, path, group] = ["mode", "path", "cells"].map((id) => byId(id).value);
    const columns = data.cells.map((cell) => ({ cell, runs: [] }));
    const n = data.runs.id.length;
    for (let i = 0; i < n; i++) {
      const cell = data.cells[data.runs.cell[i]];
      if (mode !== "" && cell.mode !== Number(mode) || path !== "" && cell.path !== path || group !== "" && cell.group !== Number(group)) continue;
      if (data.warm.has(i) && !byId("warm").checked) continue;
      const value = data.values[series * n + i];
      if (!Number.isNaN(value)) columns[data.runs.cell[i]].runs.push({ run: i, value });
    }
    return { series: data.series[series], columns: columns.filter((column) => column.runs.length) };
  }

  function frame(width, height, left, bottom, low, high, sign, scale, y) {
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: "img", "aria-describedby": "point" });
    svg.append(shape("text", { x: 4, y: 14, fill: "#22262b" }, sign));
    for (const at of ticks(low / scale, high / scale, 5)) {
      svg.append(shape("line", { x1: left, x2: width - 4, y1: y(at * scale), y2: y(at * scale), stroke: "#d5d9dd" }));
      svg.append(shape("text", { x: left - 6, y: y(at * scale) + 4, "text-anchor": "end", fill: "#22262b" }, String(at)));
    }
    svg.append(shape("line", { x1: left, x2: width - 4, y1: height - bottom, y2: height - bottom, stroke: "#22262b" }));
    return svg;
  }

  // place puts the runs of the columns side by side, or all in their order, and says where the columns' middles are.
  function place(data, columns, left, width) {
    const room = width - left - 4;
    const middles = [];
    if (byId("along").value === "order") {
      const most = Math.max(1, data.runs.id.length - 1);
      columns.forEach((column) => column.runs.forEach((one) => { one.x = left + 6 + (room - 12) * one.run / most; }));
      return middles;
    }
    const each = room / columns.length;
    columns.forEach((column, c) => {
      middles.push(left + each * (c + 0.5));
      // By the golden ratio runs are spread the same way each time, and never in rows.
      column.runs.forEach((one, i) => { one.x = left + each * (c + 0.2 + 0.6 * (i * 0.618034 % 1)); });
    });
    return middles;
  }

  function label(svg, data, columns, middles, room, height, bottom) {
    const line = (x, by, text, size) => svg.append(shape("text", { x, y: height - bottom + by, "text-anchor": "middle", fill: "#22262b", "font-size": size }, text));
    if (!middles.length) line(60 + room / 2, 16, "runs in the order in which they were carried out", 12);
    const many = columns.length * 70 > room;
    const each = Math.ceil(columns.length * 22 / room);
    middles.forEach((x, c) => {
      if (!many) line(x, 16, data.modes[columns[c].cell.mode], 12);
      else if (c % each === 0) line(x, 16, String(c + 1), 12);
    });
    // What sets groups apart stands below each of them, where there is room for it.
    const groups = new Map();
    middles.forEach((x, c) => groups.set(columns[c].cell.group, [...(groups.get(columns[c].cell.group) || []), x]));
    for (const [group, at] of groups) {
      const text = data.groups[group];
      if (text && at.length * room / columns.length > text.length * 5.6) line((at[0] + at.at(-1)) / 2, 31, text, 11);
    }
  }

  function legend(svg, data, columns, left) {
    let x = left;
    for (const mode of [...new Set(columns.map((column) => column.cell.mode))].sort((a, b) => a - b)) {
      const look = mode % COLOURS.length;
      svg.append(shape("path", { d: `M${x + 6} 28${MARKS[look]}`, fill: COLOURS[look] }));
      svg.append(shape("text", { x: x + 14, y: 32, fill: "#22262b" }, data.modes[mode]));
      x += 26 + 7.2 * data.modes[mode].length;
    }
  }

  function draw(data) {
    const { series, columns } = chosen(data);
    const chart = byId("chart");
    if (!columns.length) {
      chart.replaceChildren();
      byId("point").textContent = "No run has a value of this.";
      return;
    }
    const width = Math.max(280, Math.round(chart.clientWidth)), height = 360, left = 60, bottom = 40, top = 44;
    let low = Infinity, high = -Infinity, n = 0;
    for (const { runs } of columns) for (const { value } of runs) { low = Math.min(low, value); high = Math.max(high, value); n++; }
    const [sign, scale] = scaleFor(series.unit, high);
    const air = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
    const y = (value) => height - bottom - (value - low + air) / (high - low + 2 * air) * (height - bottom - top);
    const svg = frame(width, height, left, bottom, low - air, high + air, `${series.name}${sign ? `, ${sign}` : ""}; n = ${n} runs`, scale, y);
    svg.setAttribute("aria-label", `${series.name} of ${n} runs in ${columns.length} cells`);
    const middles = place(data, columns, left, width);
    legend(svg, data, columns, left);
    label(svg, data, columns, middles, width - left, height, bottom);
    columns.forEach((column, c) => {
      const look = column.cell.mode % COLOURS.length;
      for (const one of column.runs) one.y = y(one.value);
      const d = column.runs.map((one) => `M${one.x.toFixed(1)} ${one.y.toFixed(1)}${MARKS[look]}`).join("");
      svg.append(shape("path", { d, fill: COLOURS[look], "fill-opacity": 0.55, stroke: COLOURS[look], "stroke-width": 0.6 }));
      const counted = column.runs.filter((one) => !data.warm.has(one.run)).map((one) => one.value);
      if (middles.length && counted.length) {
        const half = (width - left) / columns.length * 0.36;
        svg.append(shape("line", { x1: middles[c] - half, x2: middles[c] + half, y1: y(medianOf(counted)), y2: y(medianOf(counted)), stroke: "#22262b", "stroke-width": 2 }));
      }
    });
    chart.replaceChildren(svg);
    byId("point").textContent = `${n} runs of ${columns.length} ${columns.length === 1 ? "cell" : "cells"}.`;
    select(svg, data, columns, { sign, scale });
  }

  // select has a reader go to a run by pointer or keys.
  function select(svg, data, columns, { sign, scale }) {
    const order = byId("along").value === "order";
    const points = columns.flatMap((column, c) => column.runs.map((one) => ({ ...one, column: c })));
    points.sort((a, b) => order ? a.run - b.run : a.column - b.column || a.run - b.run);
    const ring = shape("circle", { r: 7, fill: "none", stroke: "#22262b", "stroke-width": 2, visibility: "hidden" });
    svg.append(ring);
    let at = -1;
    const show = (next) => {
      at = next;
      const point = points[at];
      ring.setAttribute("cx", point.x);
      ring.setAttribute("cy", point.y);
      ring.setAttribute("visibility", "visible");
      const { cell } = columns[point.column];
      const group = data.groups[cell.group];
      byId("point").textContent = `Run ${data.runs.id[point.run]}: ${number(point.value / scale)}${sign ? ` ${sign}` : ""}. ` +
        `Mode ${data.modes[cell.mode]}, path ${cell.path}${group ? `, ${group}` : ""}; block ${data.runs.block[point.run]}, ` +
        `run ${point.run + 1} of ${data.runs.id.length} that are ok${data.warm.has(point.run) ? "; warm-up, does not count" : ""}.`;
    };
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const factor = svg.viewBox.baseVal.width / box.width;
      const x = (event.clientX - box.left) * factor, y = (event.clientY - box.top) * factor;
      let best = -1, least = 24 ** 2;
      points.forEach((point, i) => {
        const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
        if (distance < least) [best, least] = [i, distance];
      });
      if (best >= 0 && best !== at) show(best);
    });
    svg.addEventListener("pointerdown", (event) => event.target === ring || svg.focus({ preventScroll: true }));
    const column = (by) => {
      const wanted = Math.min(columns.length - 1, Math.max(0, points[Math.max(0, at)].column + by));
      return points.findIndex((point) => point.column === wanted);
    };
    const keys = {
      ArrowRight: () => Math.min(points.length - 1, at + 1), ArrowLeft: () => Math.max(0, at - 1), Home: () => 0, End: () => points.length - 1,
      PageDown: () => column(1), PageUp: () => column(-1),
    };
    svg.addEventListener("keydown", (event) => {
      if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      show(keys[event.key]());
    });
    svg.addEventListener("focus", () => at < 0 && svg.matches(":focus-visible") && show(0));
  }

  const controls = ["metric", "mode", "path", "cells", "along", "warm"];

  async function explore(choice) {
    const packed = byId("values");
    if (!packed) return;
    document.querySelectorAll(".scripted").forEach((node) => { node.hidden = false; });
    if (!("DecompressionStream" in window)) {
      byId("point").textContent = "This browser cannot unpack the values (it has no DecompressionStream); everything else is here.";
      return;
    }
    const data = await unpack(packed.textContent);
    packed.textContent = "";
    fill(data);
    for (const id of controls) {
      const node = byId(id);
      if (choice && id in choice) {
        if (id === "warm") node.checked = choice[id];
        else if ([...node.options].some((one) => one.value === choice[id])) node.value = choice[id];
      }
      node.addEventListener("change", () => draw(data));
    }
    draw(data);
    let width = byId("chart").clientWidth;
    new ResizeObserver(() => {
      if (!byId("chart") || byId("chart").clientWidth === width) return;
      width = byId("chart").clientWidth;
      draw(data);
    }).observe(byId("chart"));
    document.body.dataset.ready = performance.now(); // ms since the page was asked for
  }

  // Before printing, what is closed is opened; afterwards it is as it was.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((one) => { one.open = false; });
    opened = [];
  });

  // renew takes the newest report up; what the reader chose stays.
  async function renew() {
    const reply = await fetch("/", { cache: "no-store" });
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const choice = {};
    for (const id of controls) if (byId(id)) choice[id] = id === "warm" ? byId(id).checked : byId(id).value;
    const open = [...document.querySelectorAll("main details")].map((one) => one.open);
    document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
    const details = [...document.querySelectorAll("main details")];
    if (details.length === open.length) details.forEach((one, i) => { one.open = open[i]; });
    document.body.dataset.page = page.body.dataset.page;
    await explore(choice);
  }

  function follow() {
    const news = new EventSource("/progress");
    let renewing = Promise.resolve();
    news.addEventListener("message", (event) => {
      const progress = JSON.parse(event.data);
      const bar = document.querySelector("#live progress");
      bar.max = progress.planned;
      bar.value = progress.done;
      byId("live-text").textContent = progress.text;
      renewing = renewing.then(() => String(progress.page) === document.body.dataset.page ? undefined : renew()).catch(() => undefined);
    });
    news.addEventListener("error", () => { byId("live-text").textContent = "The server is gone, or does not answer; this is the newest that it said."; });
  }

  // What everybody sees comes first.
  if (document.readyState === "complete") explore();
  else window.addEventListener("load", () => setTimeout(explore));
  if (document.body.dataset.page !== undefined) follow();
})();
