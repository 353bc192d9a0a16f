/* R over the number m of equally noisy coordinates in dimension d; nothing is loaded from anywhere. */
"use strict";

(function () {
  const SVG = "http://www.w3.org/2000/svg";
  const BOX = { left: 62, right: 620, top: 16, bottom: 268 };
  const RANGE = { low: -6, high: 6 };

  /* m equal entries: S_k^2 = min(k, m) and |sigma|_1 = m. The best k is m, unless d/2 is below it. */
  function separation(d, m) {
    let best = 0;
    for (const k of [m, Math.floor(d / 2), Math.ceil(d / 2), d - 1]) {
      if (k >= 1 && k < d) {
        best = Math.max(best, ((d - k) * Math.min(k, m)) / (2 * Math.PI * m * m));
      }
    }
    return best;
  }

  function spread(position, top) {
    return Math.max(1, Math.round(Math.pow(top, position / 100)));
  }

  function text(value) {
    return value >= 0.001 && value < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(3);
  }

  function add(parent, name, attributes, words) {
    const node = document.createElementNS(SVG, name);
    for (const key of Object.keys(attributes)) node.setAttribute(key, attributes[key]);
    if (words !== undefined) node.textContent = words;
    parent.appendChild(node);
    return node;
  }

  function power(k) {
    return k < -3 || k > 3 ? "1e" + k : String(Math.pow(10, k));
  }

  function draw(plot, d, m) {
    plot.textContent = "";
    const top = Math.log10(d);
    const x = (value) => BOX.left + ((BOX.right - BOX.left) * Math.log10(value)) / top;
    const high = Math.max(1, Math.ceil(Math.log10(separation(d, 1))));
    const low = Math.max(RANGE.low, Math.floor(Math.log10(separation(d, d))));
    const y = (value) => {
      const part = (Math.log10(value) - low) / (high - low);
      return BOX.bottom - (BOX.bottom - BOX.top) * Math.min(1, Math.max(0, part));
    };
    for (let k = low; k <= high; k += 1) {
      const at = y(Math.pow(10, k));
      add(plot, "line", { class: "grid", x1: BOX.left, x2: BOX.right, y1: at, y2: at });
      add(plot, "text", { x: BOX.left - 6, y: at + 4, "text-anchor": "end" }, power(k));
    }
    for (let k = 0; k <= top + 1e-9; k += 1) {
      const at = x(Math.pow(10, k));
      add(plot, "line", { class: "grid", x1: at, x2: at, y1: BOX.top, y2: BOX.bottom });
      add(plot, "text", { x: at, y: BOX.bottom + 18, "text-anchor": "middle" }, power(k));
    }
    add(plot, "line", { class: "axis", x1: BOX.left, x2: BOX.right, y1: BOX.bottom, y2: BOX.bottom });
    add(plot, "line", { class: "axis", x1: BOX.left, x2: BOX.left, y1: BOX.top, y2: BOX.bottom });
    add(plot, "line", { class: "one", x1: BOX.left, x2: BOX.right, y1: y(1), y2: y(1) });
    const points = [];
    for (let i = 0; i <= 200; i += 1) {
      const value = Math.min(d, spread(i / 2, d));
      points.push(x(value).toFixed(1) + "," + y(separation(d, value)).toFixed(1));
    }
    add(plot, "polyline", { class: "curve", points: points.join(" ") });
    add(plot, "circle", { class: "here", cx: x(m), cy: y(separation(d, m)), r: 7 });
    const middle = (BOX.left + BOX.right) / 2;
    add(plot, "text", { x: middle, y: BOX.bottom + 40, "text-anchor": "middle" }, "noisy coordinates m");
    const turn = "rotate(-90 16 " + (BOX.top + BOX.bottom) / 2 + ")";
    const side = { x: 16, y: (BOX.top + BOX.bottom) / 2, "text-anchor": "middle", transform: turn };
    add(plot, "text", side, "separation R");
  }

  function start() {
    const chart = document.getElementById("separation-chart");
    if (!chart) return;
    const get = (name) => document.getElementById("separation-" + name);
    const update = () => {
      const d = Math.max(2, spread(Number(get("d").value), 1e6));
      const m = Math.min(d, spread(Number(get("m").value), d));
      const found = separation(d, m);
      get("d-out").textContent = d.toLocaleString("en");
      get("m-out").textContent = m.toLocaleString("en");
      draw(get("plot"), d, m);
      const promise = found > 1
        ? "SGD's worst case is worse than SignSGD's by at least this factor."
        : "this theory promises sign updates nothing.";
      get("said").textContent = "density phi = " + text(m / d) + ", R = " + text(found) + ": " + promise;
      chart.dataset.d = d;
      chart.dataset.m = m;
      chart.dataset.r = found;
    };
    get("d").addEventListener("input", update);
    get("m").addEventListener("input", update);
    update();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
