// ---- brushing: which portfolios are good enough on every axis ----------------------------
function axisEnds(m) {
  const values = portfolios.map((p) => p.values[m]).filter((v) => v !== null);
  const ends = [Math.min(...values), Math.max(...values)];
  return isCost(objectives[m]) ? ends.reverse() : ends;
}
function goodness(m, value) {
  const [worst, best] = axisEnds(m);
  return best === worst ? 1 : (value - worst) / (best - worst);
}
function passes(k) {
  return Object.entries(state.brushes).every(([m, [low, high]]) => {
    const share = goodness(Number(m), portfolios[k].values[m]);
    return share >= low - 1e-9 && share <= high + 1e-9;
  });
}
function brushed() {
  const passing = onFront.filter(passes).length;
  const active = Object.keys(state.brushes).length > 0;
  byId("brush-count").textContent = active ? passing + " of " + onFront.length + " portfolios pass" : "";
  byId("brush-clear").hidden = !active;
  for (const button of document.querySelectorAll("#portfolios button[data-portfolio]")) {
    button.closest("tr").classList.toggle("out", !passes(Number(button.dataset.portfolio)));
  }
  objectives.forEach((objective, m) => {
    const slider = byId("brush-" + m);
    const [worst, best] = axisEnds(m);
    const low = state.brushes[m] ? state.brushes[m][0] : 0;
    slider.value = Math.round(100 * low);
    const value = shown(objective, worst + low * (best - worst)) + " " + unitOf(objective);
    slider.setAttribute("aria-valuetext", low > 0 ? (isCost(objective) ? "at most " : "at least ") + value : "no limit");
    byId("brush-value-" + m).textContent = low > 0 ? (isCost(objective) ? "≤ " : "≥ ") + value : "any";
  });
  scatter();
  parallel();
}
function setBrush(m, low, high) {
  if (low <= 0.005 && high >= 0.995) delete state.brushes[m];
  else state.brushes[m] = [Math.max(low, 0), Math.min(high, 1)];
  brushed();
}
function brushControls() {
  const host = byId("brushes");
  if (!host) return;
  objectives.forEach((objective, m) => {
    const slider = make("input", { type: "range", id: "brush-" + m, min: 0, max: 100, value: 0 });
    slider.addEventListener("input", () => setBrush(m, Number(slider.value) / 100, 1));
    host.append(make("label", {}, make("span", {}, capital(objective.name)), slider, make("output", { id: "brush-value-" + m, for: "brush-" + m }, "any")));
  });
  byId("brush-clear").addEventListener("click", () => {
    state.brushes = {};
    brushed();
  });
}
function axisBrush(plot, m, x, top, bottom) {
  const at = (event) => {
    const box = plot.getBoundingClientRect();
    const y = ((event.clientY - box.top) / box.height) * Number(plot.getAttribute("height"));
    return Math.min(Math.max((bottom - y) / (bottom - top), 0), 1);
  };
  const hit = svg("rect", { class: "brush-hit", "data-axis": m, x: x - 13, y: top - 4, width: 26, height: bottom - top + 8 });
  hit.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const from = at(event);
    const move = (moved) => {
      const to = at(moved);
      if (Math.abs(to - from) > 0.015) setBrush(m, Math.min(from, to), Math.max(from, to));
    };
    const end = (ended) => {
      if (Math.abs(at(ended) - from) <= 0.015) setBrush(m, 0, 1);
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
  });
  if (state.brushes[m]) {
    const [low, high] = state.brushes[m];
    const y = (share) => bottom - (bottom - top) * share;
    plot.append(svg("rect", { class: "brush", x: x - 6, y: y(high), width: 12, height: Math.max(y(low) - y(high), 2) }));
  }
  plot.append(hit);
}
