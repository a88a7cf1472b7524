// The charts of a report. Reads the element `data`, fills each element of class `plot`.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const COLOURS = 8;
  const SHAPES = 4;
  const MARGIN = 8;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Beyond the palette by the golden angle, so that none comes round again.
  const colour = i => i < COLOURS ? css("--c" + i) : `hsl(${Math.round(i * 137.508) % 360} 55% ${dark.matches ? 65 : 42}%)`;
  const finite = v => typeof v === "number" && Number.isFinite(v);

  function format(v) {
    if (v == null) return "–";
    if (v === 0) return "0";
    const size = Math.abs(v);
    if (size >= 1e6 || size < 1e-3) return v.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
    return String(+v.toPrecision(4));
  }

  // One colour per modality on the whole page; pairs of them, which are alone in their chart, by their place in it.
  const behind = name => name.includes("/") ? name.slice(name.indexOf("/") + 1) : name;
  const before = name => name.split("/", 1)[0];
  const losses = [...new Set([...Object.keys(data.training), ...Object.keys(data.validation)])].sort();
  const parts = [...new Set(losses.filter(n => n.includes("/")).map(behind))].sort();
  const modalities = parts.filter(n => !n.includes("~")), pairs = parts.filter(n => n.includes("~"));
  const place = name => name.includes("~") ? pairs.indexOf(name) : modalities.indexOf(name);

  // Exponential mean without the start's bias; over the means where points were left out.
  function smoothed(curve, by) {
    let sum = 0, weight = 0;
    return (curve.mean || curve.value).map(v => {
      if (!finite(v)) return null;
      sum = by * sum + (1 - by) * v;
      weight = by * weight + (1 - by);
      return sum / weight;
    });
  }

  // Over all places; a null is a gap as far as its neighbours in its own table.
  const joined = tables => uPlot.join(tables, tables.map(t => t.map(() => 2)));

  const shown = (values, log) => values.map(v => finite(v) && (!log || v > 0) ? v : null);

  function broken(curves) {
    const found = curves.flatMap(({name, curve}) =>
      curve.value.map((v, i) => [v, i]).filter(([v]) => typeof v === "string")
        .map(([v, i]) => `${name} ${v} at step ${curve.step[i]}`));
    if (found.length === 0) return null;
    const note = document.createElement("p");
    note.className = "broken";
    note.dir = "auto";
    const rest = found.length > 5 ? ` and ${found.length - 5} more` : "";
    note.textContent = "Not finite: " + found.slice(0, 5).join(", ") + rest + ".";
    return note;
  }

  const axis = more => ({
    stroke: () => css("--faint"),
    grid: {stroke: () => css("--line"), width: 1},
    ticks: {stroke: () => css("--line"), width: 1, size: 4},
    font: "11px system-ui, sans-serif",
    ...more,
  });
  const xAxis = () => axis({space: 60, size: 28, values: (u, at) => at.map(v => v == null ? "" : v >= 1e4 ? +(v / 1e3).toFixed(1) + "k" : String(+v.toFixed(6)))});
  const yAxis = () => axis({space: 28, size: 56, values: (u, at) => at.map(v => v == null ? "" : format(v))});

  // A range with a margin; a level curve is in the middle of it.
  function range(log) {
    return (u, low, high) => {
      if (low == null) return [log ? 0.1 : 0, 1];
      if (log) return low === high ? [low / 2, high * 2] : [low / (high / low) ** 0.05, high * (high / low) ** 0.05];
      const pad = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.06;
      return [low - pad, high + pad];
    };
  }

  // Ticks of a logarithmic axis: decades, or 1-2-5 where few decades are seen.
  function logSplits(u, i, low, high) {
    const decades = Math.log10(high / low);
    if (decades < 1.3) {
      const step = 10 ** Math.floor(Math.log10((high - low) / 3));
      const wide = [1, 2, 5, 10].map(m => m * step).find(s => (high - low) / s <= 6);
      const ticks = [];
      for (let v = Math.ceil(low / wide) * wide; v <= high; v += wide) ticks.push(v);
      return ticks;
    }
    const every = Math.ceil(decades / 6);
    const parts = decades < 3 ? [1, 2, 5] : [1];
    const ticks = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e += every) {
      parts.map(p => p * 10 ** e).filter(v => v >= low && v <= high).forEach(v => ticks.push(v));
    }
    return ticks;
  }

  function draw(host, opts, table) {
    host.replaceChildren();
    const chart = new uPlot({width: Math.max(120, host.clientWidth), ...opts}, table, host);
    for (const label of host.querySelectorAll(".u-legend .u-series th")) {
      label.tabIndex = 0;
      label.setAttribute("role", "button");
      label.addEventListener("keydown", e => {
        if (e.key === "Enter" || e.key === " ") {
          e.preventDefault();
          label.click();
        }
      });
    }
    host.chart = chart;
    return chart;
  }

  const legend = {markers: {width: 2, dash: (u, i) => u.series[i].dash?.length ? "dashed" : "solid"}};

  function curves(host, list, {log = false, smooth = 0}) {
    const tables = [], series = [{label: "step", value: (u, v) => v == null ? "–" : String(v)}];
    const partner = new Map();
    for (const {name, curve, index, held, marked} of list) {
      const stroke = () => colour(index);
      if (!held && smooth > 0) {
        tables.push([curve.step, shown(curve.value, log)]);
        series.push({label: name, class: "raw", stroke, alpha: 0.25, width: 1, points: {show: false}});
        partner.set(series.length, series.length - 1);
      }
      const values = !held && smooth > 0 ? smoothed(curve, smooth) : curve.value;
      tables.push([curve.step, shown(values, log)]);
      const dots = {show: true, size: 8, width: 1.5, stroke: () => css("--paper"), fill: stroke};
      series.push({
        label: name + (held ? ", validation" : ""), stroke, width: 1.75,
        dash: held ? [6, 4] : [],
        points: marked || held || curve.step.length === 1 ? dots : {show: false},
        value: (u, v) => format(v),
      });
    }
    const chart = draw(host, {
      height: 240,
      scales: {x: {time: false}, y: {distr: log ? 3 : 1, range: range(log)}},
      axes: [xAxis(), {...yAxis(), ...(log ? {splits: logSplits, filter: (u, at) => at} : {})}],
      series,
      legend,
      cursor: {sync: {key: "steps", setSeries: false, scales: ["x", null]}, y: false, points: {size: 6}, hover: {skip: [null, undefined]}, drag: {x: true, y: false}},
      hooks: {setSeries: [(u, i, opts) => {
        const raw = partner.get(i);
        if (raw != null && opts.show != null && u.series[raw].show !== opts.show) u.setSeries(raw, {show: opts.show});
      }]},
    }, joined(tables));
    const note = broken(list);
    if (note) host.append(note);
    return chart;
  }

  const kinds = {
    loss(host, name) {
      const of = (from, held) => Object.keys(from).filter(n => before(n) === name).sort().map(n => ({
        name: behind(n), curve: from[n], held,
        index: n.includes("/") ? place(behind(n)) : modalities.length,
      }));
      curves(host, [...of(data.training, false), ...of(data.validation, true)], {
        log: document.getElementById("log").checked,
        smooth: +document.getElementById("smooth").value,
      });
    },
    measure(host, name) {
      const own = from => Object.keys(from).filter(n => before(n) === name);
      const names = [...new Set([...own(data.measured), ...own(data.measures)])].sort();
      const of = (from, held) => names.map((n, index) => ({
        name: behind(n), curve: from[n], held: held && n in data.measured, marked: held, index,
      })).filter(c => c.curve);
      curves(host, [...of(data.measured, false), ...of(data.measures, true)], {
        smooth: own(data.measured).length ? +document.getElementById("smooth").value : 0,
      });
    },
    run(host, name) {
      curves(host, [{name, curve: data.run[name], held: false, index: 0}], {});
    },
    lines(host, name) {
      const of = data.lines[name];
      const tables = [], series = [{label: of.axis, value: (u, v) => format(v)}];
      of.lines.forEach((line, i) => {
        const stroke = () => colour(i);
        tables.push([line.original.x, shown(line.original.y, false)], [line.made.x, shown(line.made.y, false)]);
        series.push(
          {label: line.name, stroke, width: 1.5, points: {show: false}, value: (u, v) => format(v)},
          {label: line.name + ", reconstruction", stroke: of.dots ? stroke : () => colour(1), width: 1.5, dash: of.dots ? [4, 3] : [], points: {show: of.dots, size: 5, fill: stroke}, value: (u, v) => format(v)});
      });
      const veil = u => {
        u.ctx.save();
        u.ctx.fillStyle = css("--hide");
        const shift = of.axis === "token" ? 0.5 : 0;
        for (const [from, to] of of.hidden) {
          const left = Math.max(u.bbox.left, u.valToPos(from - shift, "x", true));
          const right = Math.min(u.bbox.left + u.bbox.width, u.valToPos(to - shift, "x", true));
          if (right > left) u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
        }
        u.ctx.restore();
      };
      draw(host, {
        height: 200, scales: {x: {time: false}, y: {range: range(false)}}, axes: [xAxis(), yAxis()], series, legend,
        cursor: {y: false, hover: {skip: [undefined]}}, hooks: {drawClear: [veil]},
      }, joined(tables));
    },
    map: drawMap,
  };

  // Circle, square, triangle, diamond in turn, so that colours that are near each other have another shape.
  const shape = i => (i + Math.floor(i / COLOURS)) % SHAPES;
  const outlines = [
    (p, x, y, r) => { p.moveTo(x + r, y); p.arc(x, y, r, 0, 2 * Math.PI); },
    (p, x, y, r) => p.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r),
    (p, x, y, r) => { p.moveTo(x, y - 1.15 * r); p.lineTo(x + 1.1 * r, y + 0.85 * r); p.lineTo(x - 1.1 * r, y + 0.85 * r); p.closePath(); },
    (p, x, y, r) => { p.moveTo(x, y - 1.25 * r); p.lineTo(x + 1.25 * r, y); p.lineTo(x, y + 1.25 * r); p.lineTo(x - 1.25 * r, y); p.closePath(); },
  ];
  const signs = ["M7 3a4 4 0 1 0 .01 0z", "M3 3h8v8h-8z", "M7 2l5 9h-10z", "M7 1l6 6-6 6-6-6z"];

  // Points by label, the most frequent labels first; those beyond 32 are one group.
  function mapGroups() {
    const map = data.map, groups = map.labels.map(label => ({label, at: []}));
    map["label of"].forEach((of, i) => groups[of].at.push(i));
    const most = COLOURS * SHAPES;
    if (groups.length <= most) return groups;
    const order = groups.map((g, i) => i).sort((a, b) => groups[b].at.length - groups[a].at.length || a - b);
    const kept = order.slice(0, most - 1).sort((a, b) => a - b).map(i => groups[i]);
    const rest = order.slice(most - 1).map(i => groups[i]);
    return [...kept, {label: `${rest.length} other labels`, at: rest.flatMap(g => g.at)}];
  }

  function drawMap(host) {
    const map = data.map, groups = mapGroups();
    const radius = map.x.length > 1500 ? 2.5 : 4;
    const paint = (u, si, i0, i1) => {
      uPlot.orient(u, si, (series, xs, ys, sx, sy, toX, toY, left, top, width, height) => {
        const path = new Path2D(), r = radius * devicePixelRatio, outline = outlines[shape(si - 1)];
        const [px, py] = u.data[si];
        px.forEach((x, i) => outline(path, toX(x, sx, width, left), toY(py[i], sy, height, top), r));
        u.ctx.save();
        u.ctx.beginPath();
        u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
        u.ctx.clip();
        u.ctx.globalAlpha = 0.75;
        u.ctx.fillStyle = colour(si - 1);
        u.ctx.fill(path);
        u.ctx.restore();
      });
      return null;
    };
    const chart = draw(host, {
      mode: 2, height: Math.round(Math.min(560, Math.max(300, host.clientWidth * 0.6))),
      scales: {x: {time: false, range: range(false)}, y: {range: range(false)}},
      axes: [{...xAxis(), values: (u, at) => at.map(format)}, yAxis()],
      legend: {show: false},
      cursor: {points: {show: false}, drag: {x: true, y: true}, dataIdx: () => null},
      series: [null, ...groups.map((g, i) => ({label: g.label, stroke: () => colour(i), paths: paint, facets: [{scale: "x", auto: true}, {scale: "y", auto: true}]}))],
    }, [null, ...groups.map(g => [g.at.map(i => map.x[i]), g.at.map(i => map.y[i])])]);
    host.append(keys(chart, groups));
    hover(chart, groups);
  }

  function keys(chart, groups) {
    const box = document.createElement("div");
    box.className = "keys";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Labels");
    groups.forEach((g, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("width", "14");
      svg.setAttribute("height", "14");
      svg.setAttribute("aria-hidden", "true");
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", signs[shape(i)]);
      path.style.fill = `var(--c${i % COLOURS})`;
      svg.append(path);
      const name = document.createElement("bdi");
      name.textContent = g.label;
      button.append(svg, name);
      button.addEventListener("click", () => {
        const show = !chart.series[i + 1].show;
        button.setAttribute("aria-pressed", String(show));
        chart.setSeries(i + 1, {show});
      });
      box.append(button);
    });
    return box;
  }

  // The nearest shown point within a few pixels: its id and its label, as text.
  function hover(chart, groups) {
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    chart.over.append(tip);
    const find = e => {
      const box = chart.over.getBoundingClientRect();
      const x = e.clientX - box.left, y = e.clientY - box.top;
      let best = null, least = 2.5 * MARGIN * MARGIN;
      groups.forEach((g, gi) => {
        if (!chart.series[gi + 1].show) return;
        for (const i of g.at) {
          const px = chart.valToPos(data.map.x[i], "x"), py = chart.valToPos(data.map.y[i], "y");
          const d = (px - x) ** 2 + (py - y) ** 2;
          if (d < least) {
            least = d;
            best = {i, px, py};
          }
        }
      });
      tip.hidden = best === null;
      if (best === null) return;
      tip.replaceChildren();
      const id = document.createElement("bdi"), label = document.createElement("bdi");
      id.textContent = data.map.id[best.i];
      label.textContent = data.map.labels[data.map["label of"][best.i]];
      tip.append(id, document.createElement("br"), label);
      tip.style.left = Math.max(0, Math.min(best.px + MARGIN, box.width - tip.offsetWidth)) + "px";
      tip.style.top = Math.max(0, best.py + MARGIN + tip.offsetHeight > box.height ? best.py - MARGIN - tip.offsetHeight : best.py + MARGIN) + "px";
    };
    chart.over.addEventListener("pointermove", find);
    chart.over.addEventListener("pointerdown", find);
    chart.over.addEventListener("pointerleave", () => { tip.hidden = true; });
  }

  const hosts = [...document.querySelectorAll(".plot")];
  const fill = host => kinds[host.dataset.kind](host, host.dataset.name);
  const resized = new ResizeObserver(entries => entries.forEach(({target}) => {
    const width = Math.max(120, target.clientWidth);
    if (target.chart && target.chart.width !== width) target.chart.setSize({width, height: target.chart.height});
  }));
  hosts.forEach(host => {
    fill(host);
    resized.observe(host);
  });

  const again = () => {
    document.getElementById("smoothness").textContent = (+document.getElementById("smooth").value).toFixed(2);
    hosts.filter(h => ["loss", "measure"].includes(h.dataset.kind)).forEach(fill);
  };
  document.getElementById("log")?.addEventListener("change", again);
  document.getElementById("smooth")?.addEventListener("input", again);
  document.querySelector(".controls")?.addEventListener("submit", e => e.preventDefault());
  dark.addEventListener("change", () => hosts.forEach(h => h.chart.redraw(false, true)));
})();
