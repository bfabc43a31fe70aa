"use strict";
(() => {
  const payload = JSON.parse(document.getElementById("payload").textContent);
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = () => root.dataset.theme || (system.matches ? "dark" : "light");

  // Points arrive by column, charts need rows: converted once, shared by all charts.
  const converted = {};
  const around = (text, label, row) =>
    text === undefined ? undefined : Array.isArray(text) ? text[row] : text.before + label + text.after;
  const labelsOf = (key) => {
    const list = payload.labels[key];
    if (!list.x) return (x) => list.label[x];
    const places = new Map(list.x.map((x, place) => [x, place]));
    return (x) => list.label[places.get(x)];
  };
  const rowsOf = (key) => {
    if (!converted[key]) {
      const columns = payload.points[key];
      const labelOf = labelsOf(columns.list);
      converted[key] = columns.s.map((s, row) => {
        const x = columns.x ? columns.x[row] : row;
        const label = labelOf(x);
        return {
          x, label, s, z: columns.z[row], q: columns.q[row], k: columns.k[x] || 0,
          a: around(columns.a, label, row), b: around(columns.b, label, row),
          model: columns.model, template: columns.template,
          u: columns.u && columns.u[row], v: columns.v && columns.v[row],
        };
      });
    }
    return converted[key];
  };

  // The tooltip: texts are set as text, never as HTML.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "tooltip");
  document.body.append(tip);
  const add = (tag, text) => {
    if (text === undefined || text === null || text === "") return;
    const element = document.createElement(tag);
    element.dir = "auto";
    element.textContent = String(text);
    tip.append(element);
  };
  const figure = (name, value, digits) =>
    typeof value === "number" ? `${name} ${value.toFixed(digits).replace("-", "−")}` : "";
  const showTip = (event, value) => {
    if (value === null || typeof value !== "object") {
      tip.hidden = true;
      return;
    }
    tip.replaceChildren();
    add("strong", value.label);
    add("p", value.a);
    add("p", value.b);
    if (value.more !== undefined) {
      add("p", value.more);
      add("small", [value.model, value.template].filter(Boolean).join(" · "));
    } else if (value.n !== undefined) {
      add("p", `${value.n} between ${value.x.toFixed(4)} and ${value.x2.toFixed(4)}`);
    } else {
      const q = value.q !== null && value.q < 0.001 ? "q < 0.001" : figure("q", value.q, 3);
      add("p", [figure("s", value.s, 4), figure("z", value.z, 2), q].filter(Boolean).join("   "));
      add("small", [value.model, value.template].filter(Boolean).join(" · "));
    }
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const right = event.clientX + 14 + box.width > root.clientWidth;
    const below = event.clientY + 14 + box.height > root.clientHeight;
    tip.style.left = `${Math.max(6, right ? event.clientX - 14 - box.width : event.clientX + 14)}px`;
    tip.style.top = `${Math.max(6, below ? event.clientY - 14 - box.height : event.clientY + 14)}px`;
  };

  // Dots are small: if no mark is under the pointer, the nearest dot of a single plot shows its tooltip.
  const REACH = 9;
  const nearest = (chart, event) => {
    const { points: keys, axes: [across, up] } = payload.figures[chart.id][chart.option];
    if (!chart.view || chart.plots !== 1 || keys.length !== 1) return null;
    const view = chart.view.view, box = chart.view.view.container().querySelector("canvas").getBoundingClientRect();
    const [left, top] = view.origin();
    const px = event.clientX - box.left - left, py = event.clientY - box.top - top;
    const x = view.scale("x"), y = view.scale("y");
    let best = null, least = REACH * REACH;
    for (const row of rowsOf(keys[0])) {
      const dx = x(row[across]) - px;
      if (dx > REACH || dx < -REACH) continue;
      const dy = y(row[up]) - py, distance = dx * dx + dy * dy;
      if (distance < least) [best, least] = [row, distance];
    }
    return best;
  };

  // Charts: the widest variant that fits the box.
  const charts = [...document.querySelectorAll("[data-figure]")].map((box) => ({
    box, id: box.dataset.figure, option: 0, drawn: "", view: null, busy: false, plots: 1, hit: false,
  }));
  for (const chart of charts) {
    chart.box.addEventListener("mousemove", (event) => {
      if (!chart.hit) showTip(event, nearest(chart, event));
    });
    chart.box.addEventListener("mouseleave", () => { chart.hit = false; tip.hidden = true; });
  }
  const variantFor = (chart) => {
    const specs = payload.figures[chart.id][chart.option].specs;
    return specs.find(([width]) => width <= chart.box.clientWidth) || specs[specs.length - 1];
  };
  const draw = async (chart) => {
    const [width, spec] = variantFor(chart);
    const wanted = `${chart.option} ${width} ${theme()}`;
    if (chart.busy || chart.drawn === wanted) return;
    chart.busy = true;
    const keys = payload.figures[chart.id][chart.option].points;
    chart.box.style.minHeight = `${chart.box.offsetHeight}px`;
    try {
      const result = await window.vegaEmbed(chart.box, structuredClone(spec), {
        mode: "vega-lite", renderer: "canvas", actions: false, ast: true, defaultStyle: false,
        config: payload.themes[theme()],
        tooltip: (_handler, event, _item, value) => {
          chart.hit = value !== null && typeof value === "object";
          showTip(event, value);
        },
        patch: (vega) => {
          for (const data of vega.data) if (keys.includes(data.name)) data.values = rowsOf(data.name);
          return vega;
        },
      });
      if (chart.view) chart.view.finalize();
      chart.view = result;
      chart.plots = spec.concat ? spec.concat.length : 1;
      chart.drawn = wanted;
    } finally {
      chart.busy = false;
      chart.box.style.minHeight = "";
    }
    await draw(chart);
  };
  const drawAll = async () => {
    for (const chart of charts) await draw(chart);
    root.dataset.drawn = charts.map((chart) => chart.drawn).join("|");
  };

  const button = document.getElementById("theme");
  const name = () => { button.textContent = theme() === "dark" ? "Light" : "Dark"; };
  const retheme = () => { name(); drawAll(); };
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = theme() === "dark" ? "light" : "dark";
    retheme();
  });
  system.addEventListener("change", retheme);
  for (const select of document.querySelectorAll("[data-choose]")) {
    select.addEventListener("change", () => {
      const chart = charts.find((one) => one.id === select.dataset.choose);
      chart.option = Number(select.value);
      tip.hidden = true;
      draw(chart);
    });
  }
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 120);
  });
  window.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  // Tables: sort by a click on a head, search as you type.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.sort !== undefined) return Number(cell.dataset.sort);
    return cell.textContent.trim();
  };
  const compare = (left, right) => {
    const a = typeof left === "number", b = typeof right === "number";
    if (a && b) return left - right;
    if (a !== b) return a ? -1 : 1;
    return left.localeCompare(right);
  };
  // A table and its folded rest are sorted as one.
  const partsOf = (table) => [...table.closest(".table").querySelectorAll("table[data-sortable]")];
  const sortBy = (table, column, head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const parts = partsOf(table);
    for (const part of parts) {
      for (const other of part.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      part.tHead.rows[0].cells[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    }
    const rows = parts.flatMap((part) => [...part.tBodies[0].rows]).map((row) => [valueOf(row, column), row]);
    rows.sort((a, b) => (down ? -1 : 1) * compare(a[0], b[0]));
    const sizes = parts.map((part) => part.tBodies[0].rows.length);
    let start = 0;
    parts.forEach((part, number) => {
      part.tBodies[0].append(...rows.slice(start, start + sizes[number]).map(([, row]) => row));
      start += sizes[number];
    });
  };
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const control = document.createElement("button");
      control.type = "button";
      control.append(...head.childNodes);
      head.append(control);
      control.addEventListener("click", () => sortBy(table, column, head));
    });
  }
  for (const input of document.querySelectorAll("[data-search]")) {
    const holder = document.getElementById(input.dataset.search);
    const rows = [...holder.querySelectorAll("tbody tr")];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const status = holder.querySelector("[data-count]");
    const search = () => {
      const wanted = input.value.toLowerCase();
      let shown = 0;
      const rest = holder.querySelector("details.rest");
      if (rest && wanted) rest.open = true;
      rows.forEach((row, number) => {
        row.hidden = !texts[number].includes(wanted);
        shown += row.hidden ? 0 : 1;
      });
      status.textContent = `${shown} of ${rows.length}`;
    };
    input.closest("p").hidden = false;
    input.addEventListener("input", search);
    search();
  }

  name();
  drawAll();
})();
