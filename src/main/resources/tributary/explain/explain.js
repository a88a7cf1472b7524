// Reads values off the drawings: by pointer, or by arrow keys where a drawing has the focus.
"use strict";
(() => {
  const STEPS = 2048, NOTHING = 65535;
  const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const words = text => {
    const of = bytes(text);
    return Array.from({length: of.length / 2}, (_, i) => of[2 * i] | of[2 * i + 1] << 8);
  };
  const number = v => v === 0 ? "0" : Math.abs(v) >= 1e7 || Math.abs(v) < 1e-4 ? v.toExponential(2) : String(+v.toPrecision(3));
  const clamp = (v, most) => Math.max(0, Math.min(most, Math.floor(v)));
  const all = Number(document.body.dataset.tokens);
  const marker = into => {
    const mark = document.createElement("div");
    mark.className = "mark";
    mark.hidden = true;
    into.append(mark);
    return mark;
  };
  const within = (e, area) => {
    const box = area.getBoundingClientRect();
    return [(e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height];
  };

  // A view: its area, how many items it has, the item under a pointer or -1, the tokens [from, to) of an item, words for it, and how it is marked.
  const VIEWS = {
    text(part) {
      const area = part.querySelector(".text");
      const items = [...area.children], lengths = bytes(area.dataset.bytes), starts = [0];
      lengths.forEach((n, i) => starts.push(starts[i] + n));
      const place = new Map(items.map((item, i) => [item, i]));
      let on = null;
      return {
        area, count: items.length,
        find: e => place.get(e.target) ?? -1,
        tokens: i => [starts[i], starts[i + 1]],
        words: i => items[i].textContent === "\u21b5\n" ? "line feed" : "\u201c" + items[i].textContent + "\u201d",
        mark(i) {
          on?.classList.remove("on");
          on = items[i];
          on.classList.add("on");
        },
      };
    },
    grid(part, n) {
      const area = part.querySelector(".grids");
      const side = +area.dataset.side, across = +area.dataset.across, down = +area.dataset.down;
      const places = area.dataset.places ? words(area.dataset.places) : null;
      const grids = [...area.querySelectorAll(".grid")], marks = grids.map(marker);
      const of = side * side, order = places ?? Array.from({length: of}, (_, i) => i);
      const token = new Map(order.map((p, i) => [p, i]));
      return {
        area, count: n,
        find(e) {
          const grid = e.target.closest(".grid");
          if (!grid) return -1;
          const [x, y] = within(e, grid);
          const column = clamp(x * across * side, across * side - 1), row = clamp(y * down * side, down * side - 1);
          const canvas = Math.floor(row / side) * across + Math.floor(column / side);
          const t = canvas * of + token.get(row % side * side + column % side);
          return t < n ? t : -1;
        },
        tokens: t => [t, t + 1],
        words(t) {
          const p = order[t % of], n = Math.floor(t / of), seconds = +area.dataset.seconds;
          const canvas = seconds ? +(n * seconds).toPrecision(3) + " s, " : across * down > 1 ? "picture " + (n + 1) + ", " : "";
          return canvas + "row " + (Math.floor(p / side) + 1) + ", column " + (p % side + 1);
        },
        mark(t) {
          const canvas = Math.floor(t / of), p = order[t % of];
          const column = canvas % across * side + p % side, row = Math.floor(canvas / across) * side + Math.floor(p / side);
          for (const mark of marks) {
            mark.hidden = false;
            mark.style.left = 100 * column / (across * side) + "%";
            mark.style.top = 100 * row / (down * side) + "%";
            mark.style.width = 100 / (across * side) + "%";
            mark.style.height = 100 / (down * side) + "%";
          }
        },
      };
    },
    line(part, n) {
      const area = part.querySelector(".line"), rows = area.querySelector(".rows"), mark = marker(rows);
      const hop = +area.dataset.hop, frame = +area.dataset.frame;
      const times = area.dataset.times ? new Float32Array(bytes(area.dataset.times).buffer) : null;
      return {
        area, count: n,
        find: e => rows.contains(e.target) ? clamp(within(e, rows)[0] * n, n - 1) : -1,
        tokens: t => [t, t + 1],
        words(t) {
          if (hop) return (t * hop).toFixed(3) + " to " + (t * hop + frame).toFixed(3) + " s";
          if (times) return Number.isFinite(times[t]) ? "t +" + number(times[t]) : "mean and deviation of a cell";
          return "";
        },
        mark(t) {
          mark.hidden = false;
          mark.style.left = 100 * (t + 0.5) / n + "%";
        },
      };
    },
    cloud(part, n) {
      const area = part.querySelector(".cloud"), low = JSON.parse(area.dataset.low), extent = +area.dataset.extent;
      const scales = new Set(JSON.parse(area.dataset.scales));
      const at = low.map((_, d) => words(area.dataset["c" + d]));
      const planes = [...area.querySelectorAll(".plane")], marks = planes.map(marker);
      return {
        area, count: n,
        find(e) {
          const plane = e.target.closest(".plane");
          if (!plane) return -1;
          const [x, y] = within(e, plane), xs = at[plane.dataset.x], ys = at[plane.dataset.y];
          let nearest = -1, least = 0.03 ** 2;
          for (let t = 0; t < n; t++) {
            if (scales.has(t)) continue;
            const distance = (xs[t] / NOTHING - x) ** 2 + (1 - ys[t] / NOTHING - y) ** 2;
            if (distance <= least) [nearest, least] = [t, distance];
          }
          return nearest;
        },
        tokens: t => [t, t + 1],
        words: t => scales.has(t) ? "centre and size of a cell" : "(" + low.map((from, d) => number(from + at[d][t] / NOTHING * extent)).join(", ") + ")",
        mark(t) {
          marks.forEach((mark, i) => {
            mark.hidden = scales.has(t);
            mark.style.left = 100 * at[planes[i].dataset.x][t] / NOTHING + "%";
            mark.style.top = 100 - 100 * at[planes[i].dataset.y][t] / NOTHING + "%";
          });
        },
      };
    },
  };

  for (const part of document.querySelectorAll(".part")) {
    const codes = words(part.dataset.shares), largest = +part.dataset.largest;
    const share = t => codes[t] === NOTHING ? 0 : largest * 2 ** (-codes[t] / STEPS);
    const view = VIEWS[part.dataset.view](part, codes.length), out = part.querySelector("output");
    const ask = "Point at a token, or use the arrow keys, for its share.";
    out.textContent = ask;
    let at = -1;
    const show = i => {
      at = i;
      const [from, to] = view.tokens(i);
      let sum = 0;
      for (let t = from; t < to; t++) sum += share(t);
      const which = to - from === 1 ? "token " + (from + 1) : "tokens " + (from + 1) + " to " + to;
      const words = view.words(i);
      out.textContent = which + (words && ", " + words) + ": " + number(100 * sum) + " %, " + number(sum * all) + " times an even share" + (to - from === 1 ? "" : " of a token");
      view.mark(i);
    };
    const point = e => {
      const i = view.find(e);
      if (i >= 0 && i !== at) show(i);
    };
    view.area.addEventListener("pointermove", point);
    view.area.addEventListener("pointerdown", point);
    view.area.addEventListener("keydown", e => {
      const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: view.count - 1}[e.key];
      if (to === undefined) return;
      e.preventDefault();
      show(clamp(to, view.count - 1));
    });
  }
})();
