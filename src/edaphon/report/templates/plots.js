// ---- plots -----------------------------------------------------------------------------
function ticks(low, high, count) {
  const raw = (high - low) / count || 1;
  const base = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * base).find((n) => n >= raw);
  const found = [];
  for (let t = Math.ceil(low / step) * step; t <= high + step * 1e-9; t += step) found.push(Math.abs(t) < step * 1e-9 ? 0 : t);
  return found;
}
function compact(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return number(value / 1e6) + "M";
  if (size >= 1e4) return number(value / 1e3) + "k";
  return number(value);
}
function domain(m) {
  const values = portfolios.map((p) => p.values[m]).filter((v) => v !== null);
  let low = Math.min(...values);
  let high = Math.max(...values);
  const span = high - low || Math.abs(high) || 1;
  const p = portfolios[state.chosen];
  if (p.lower[m] !== null) {
    low = Math.min(low, Math.max(p.lower[m], low - 0.6 * span));
    high = Math.max(high, Math.min(p.upper[m], high + 0.6 * span));
  }
  const pad = 0.05 * (high - low || 1);
  return [low - pad, high + pad];
}
function markClass(k) {
  const p = portfolios[k];
  const kind = p.kind !== "front" ? "other" : contents.shortlist.includes(k) ? "short" : "";
  const out = k !== state.chosen && !passes(k) ? " out" : "";
  return "mark " + kind + (k === state.chosen ? " chosen" : "") + out;
}
function order() {
  const rank = (k) => (k === state.chosen ? 3 : portfolios[k].kind !== "front" ? 2 : contents.shortlist.includes(k) ? 1 : 0);
  return portfolios.map((p, k) => k).sort((a, b) => rank(a) - rank(b) || a - b);
}
const clean = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);
function axisTitle(objective, arrow) {
  const unit = unitOf(objective);
  return capital(clean(objective.name, 28)) + (unit ? " (" + unit + ")" : "") + "  " + arrow;
}
function scatter() {
  const host = byId("scatter");
  if (!host) return;
  const wide = host.clientWidth || 480;
  const high = Math.max(280, Math.min(400, wide * 0.72));
  const frame = { left: 58, right: 14, top: 30, bottom: 46 };
  const [mx, my] = [state.x, state.y];
  const [ox, oy] = [objectives[mx], objectives[my]];
  const [[x0, x1], [y0, y1]] = [domain(mx), domain(my)];
  const px = (v) => frame.left + ((wide - frame.left - frame.right) * (v - x0)) / (x1 - x0);
  const py = (v) => high - frame.bottom - ((high - frame.top - frame.bottom) * (v - y0)) / (y1 - y0);
  const plot = svg("svg", { viewBox: "0 0 " + wide + " " + high, height: high, role: "img", "aria-label": capital(oy.name) + " against " + ox.name + " of all portfolios" });
  for (const t of ticks(x0, x1, wide < 420 ? 4 : 6)) {
    plot.append(svg("line", { class: "grid", x1: px(t), x2: px(t), y1: frame.top, y2: high - frame.bottom }));
    plot.append(svg("text", { x: px(t), y: high - frame.bottom + 16, "text-anchor": "middle" }, compact(t * factor(ox))));
  }
  for (const t of ticks(y0, y1, 6)) {
    plot.append(svg("line", { class: "grid", x1: frame.left, x2: wide - frame.right, y1: py(t), y2: py(t) }));
    plot.append(svg("text", { x: frame.left - 7, y: py(t) + 4, "text-anchor": "end" }, compact(t * factor(oy))));
  }
  plot.append(svg("line", { class: "axis", x1: frame.left, x2: wide - frame.right, y1: high - frame.bottom, y2: high - frame.bottom }));
  plot.append(svg("line", { class: "axis", x1: frame.left, x2: frame.left, y1: frame.top, y2: high - frame.bottom }));
  const better = (o, up) => (o.sense === "maximize" ? (up ? "better ↑" : "better →") : up ? "better ↓" : "← better");
  plot.append(svg("text", { class: "title", x: wide - frame.right, y: high - 8, "text-anchor": "end" }, axisTitle(ox, better(ox, false))));
  plot.append(svg("text", { class: "title", x: 4, y: 16 }, axisTitle(oy, better(oy, true))));
  const clip = svg("clipPath", { id: "inside" });
  clip.append(svg("rect", { x: frame.left, y: frame.top, width: wide - frame.left - frame.right, height: high - frame.top - frame.bottom }));
  plot.append(clip);
  const p = portfolios[state.chosen];
  const cross = svg("g", { "clip-path": "url(#inside)" });
  if (p.lower[mx] !== null) cross.append(svg("line", { class: "bar", x1: px(p.lower[mx]), x2: px(p.upper[mx]), y1: py(p.values[my]), y2: py(p.values[my]) }));
  if (p.lower[my] !== null) cross.append(svg("line", { class: "bar", x1: px(p.values[mx]), x2: px(p.values[mx]), y1: py(p.lower[my]), y2: py(p.upper[my]) }));
  plot.append(cross);
  for (const k of order()) {
    const q = portfolios[k];
    if (q.values[mx] === null || q.values[my] === null) continue;
    const [cx, cy] = [px(q.values[mx]), py(q.values[my])];
    const group = svg("g", { class: markClass(k), "data-portfolio": k });
    group.append(svg("title", {}, titleOf(q) + (q.label && q.label !== titleOf(q) ? ", " + q.label : "")));
    group.append(svg("circle", { class: "dot", cx, cy, r: k === state.chosen ? 7 : contents.shortlist.includes(k) ? 5.5 : 4.5 }));
    group.append(svg("circle", { class: "hit", cx, cy, r: 9 }));
    plot.append(group);
  }
  const [cx, cy] = [px(p.values[mx]), py(p.values[my])];
  const toLeft = cx > wide * 0.7;
  const under = cy < frame.top + 24;
  plot.append(svg("text", { class: "name", x: cx + (toLeft ? -11 : 11), y: cy + (under ? 20 : -10), "text-anchor": toLeft ? "end" : "start" }, titleOf(p)));
  host.replaceChildren(plot);
}
function parallel() {
  const host = byId("parallel");
  if (!host) return;
  const wide = host.clientWidth || 480;
  const n = objectives.length;
  const high = Math.max(300, Math.min(434, wide * 0.78));
  const frame = { left: n > 1 ? Math.min(56, wide / (2 * n)) : wide / 2, top: 52, bottom: 30 };
  const px = (m) => (n > 1 ? frame.left + ((wide - 2 * frame.left) * m) / (n - 1) : wide / 2);
  const ranges = objectives.map((objective, m) => axisEnds(m));
  const py = (m, v) => high - frame.bottom - (high - frame.top - frame.bottom) * goodness(m, v);
  const plot = svg("svg", { viewBox: "0 0 " + wide + " " + high, height: high, role: "img", "aria-label": "Parallel coordinates of all portfolios, higher is better" });
  for (const k of order()) {
    const q = portfolios[k];
    const points = objectives.map((o, m) => px(m).toFixed(1) + "," + py(m, q.values[m]).toFixed(1)).join(" ");
    const group = svg("g", { class: markClass(k), "data-portfolio": k });
    group.append(svg("title", {}, titleOf(q) + (q.label && q.label !== titleOf(q) ? ", " + q.label : "")));
    group.append(svg("polyline", { class: "line", points }));
    group.append(svg("polyline", { class: "hit", points, "stroke-width": 8 }));
    plot.append(group);
  }
  const room = Math.max(8, Math.floor((wide / n) / 8.4));
  objectives.forEach((objective, m) => {
    const [worst, best] = ranges[m];
    const anchor = "middle";
    plot.append(svg("line", { class: "axis", x1: px(m), x2: px(m), y1: frame.top, y2: high - frame.bottom }));
    plot.append(svg("text", { class: "title", x: px(m), y: 14, "text-anchor": anchor }, clean(capital(objective.name), room)));
    const unit = clean(unitOf(objective), room) + (isCost(objective) ? " ↓" : " ↑");
    plot.append(svg("text", { x: px(m), y: 29, "text-anchor": anchor }, unit));
    plot.append(svg("text", { x: px(m), y: frame.top - 7, "text-anchor": anchor }, compact(best * factor(objective))));
    plot.append(svg("text", { x: px(m), y: high - frame.bottom + 16, "text-anchor": anchor }, compact(worst * factor(objective))));
    axisBrush(plot, m, px(m), frame.top, high - frame.bottom);
  });
  host.replaceChildren(plot);
}
function pairsPlot(node) {
  const number_ = Number(node.dataset.card);
  const observed = arrays["observed_" + number_];
  const predicted = arrays["predicted_" + number_];
  const log = contents.scatter_log[number_] && observed.every((v) => v > 0) && predicted.every((v) => v > 0);
  const dots = fitCanvas(node, 1, 340);
  const pen = node.getContext("2d");
  const turn = log ? Math.log10 : (v) => v;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < observed.length; i += 1) {
    low = Math.min(low, turn(observed[i]), turn(predicted[i]));
    high = Math.max(high, turn(observed[i]), turn(predicted[i]));
  }
  const side = Math.min(node.width, node.height);
  const edge = { left: 46 * dots, right: 10 * dots, top: 20 * dots, bottom: 38 * dots };
  const px = (v) => edge.left + ((side - edge.left - edge.right) * (v - low)) / (high - low || 1);
  const py = (v) => side - edge.bottom - ((side - edge.top - edge.bottom) * (v - low)) / (high - low || 1);
  pen.font = 12 * dots + "px system-ui, sans-serif";
  pen.fillStyle = css("--soft");
  pen.strokeStyle = css("--line");
  pen.lineWidth = dots;
  const marks = log ? logTicks(low, high) : ticks(low, high, 4);
  for (const t of marks) {
    const label = compact(log ? 10 ** t : t);
    pen.textAlign = "center";
    pen.fillText(label, px(t), side - edge.bottom + 16 * dots);
    pen.textAlign = "right";
    pen.fillText(label, edge.left - 6 * dots, py(t) + 4 * dots);
  }
  pen.textAlign = "right";
  pen.fillText("observed →", side - edge.right, side - 5 * dots);
  pen.textAlign = "left";
  pen.fillText("predicted ↑", 0, 12 * dots);
  pen.strokeRect(edge.left, edge.top, side - edge.left - edge.right, side - edge.top - edge.bottom);
  pen.fillStyle = css("--accent");
  pen.globalAlpha = Math.max(0.18, Math.min(0.7, 120 / observed.length));
  for (let i = 0; i < observed.length; i += 1) {
    pen.beginPath();
    pen.arc(px(turn(observed[i])), py(turn(predicted[i])), 2.4 * dots, 0, 7);
    pen.fill();
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = css("--mark");
  pen.beginPath();
  pen.moveTo(px(low), py(low));
  pen.lineTo(px(high), py(high));
  pen.stroke();
}
function logTicks(low, high) {
  const found = [];
  for (let e = Math.floor(low); e <= high; e += 1) {
    for (const n of high - low > 2.2 ? [1] : high - low > 1 ? [1, 3] : [1, 2, 5]) {
      const t = e + Math.log10(n);
      if (t >= low && t <= high) found.push(t);
    }
  }
  return found;
}
