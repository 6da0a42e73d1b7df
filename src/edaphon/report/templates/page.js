// ---- choosing --------------------------------------------------------------------------
function choose(k) {
  const p = portfolios[k];
  if (!p) return;
  state.chosen = k;
  byId("headline").textContent = headline(p);
  byId("lead").textContent = lead(p);
  byId("proof").textContent = proof(p) + provenBy(p);
  byId("outside").textContent = outside(p);
  byId("tiles").replaceChildren(...tiles(k));
  byId("interventions").tBodies[0].replaceChildren(...interventionRows(k));
  byId("objectives").tBodies[0].replaceChildren(...objectiveRows(k));
  canvas.setAttribute("aria-label", "Map: " + headline(p) + ". The table of interventions says the same in figures.");
  for (const button of document.querySelectorAll("button[data-portfolio]")) {
    const own = Number(button.dataset.portfolio) === k;
    button.setAttribute("aria-pressed", own);
    if (button.closest("#portfolios")) {
      button.tabIndex = own ? 0 : -1;
      button.closest("tr").classList.toggle("chosen", own);
    }
  }
  drawMaps();
  scatter();
  parallel();
}
function shortlistButtons() {
  const others = portfolios.map((p, k) => k).filter((k) => portfolios[k].kind !== "front" && !contents.shortlist.includes(k));
  const buttons = [...contents.shortlist, ...others].map((k) => {
    const p = portfolios[k];
    const button = make("button", { type: "button", "data-portfolio": k, "aria-pressed": "false" }, labelOf(p));
    if (p.kind === "front" && labelOf(p) !== p.name) button.append(make("small", {}, p.name));
    return button;
  });
  byId("shortlist").replaceChildren(...buttons);
}
function axisChoices() {
  if (!byId("axis-x")) return;
  const costs = objectives.findIndex(isCost);
  state.x = costs >= 0 ? costs : 0;
  state.y = objectives.findIndex((o, m) => m !== state.x);
  if (state.y < 0) state.y = state.x;
  for (const axis of ["x", "y"]) {
    const select = byId("axis-" + axis);
    objectives.forEach((o, m) => select.append(make("option", { value: m }, capital(o.name))));
    select.value = state[axis];
    select.addEventListener("change", () => {
      state[axis] = Number(select.value);
      scatter();
    });
  }
}
function listen() {
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-portfolio]");
    const row = event.target.closest("#portfolios tbody tr");
    const found = mark || (row && row.querySelector("[data-portfolio]"));
    if (found) choose(Number(found.dataset.portfolio));
  });
  byId("portfolios").addEventListener("keydown", (event) => {
    const last = nPortfolios - 1;
    const to = { ArrowDown: Math.min(state.chosen + 1, last), ArrowUp: Math.max(state.chosen - 1, 0), Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
    byId("portfolios").querySelector('button[data-portfolio="' + to + '"]').focus();
  });
  if (contents.map) {
    for (const node of [canvas, second]) {
      node.addEventListener("pointermove", showTip);
      node.addEventListener("pointerdown", showTip);
      node.addEventListener("pointerleave", hideTip);
    }
    canvas.addEventListener("keydown", mapKeys);
    canvas.addEventListener("blur", hideTip);
    dragging(canvas, drawMaps);
    dragging(second, drawMaps);
  }
  let waiting = 0;
  const redraw = () => {
    drawMaps();
    scatter();
    parallel();
    document.querySelectorAll("canvas.pairs").forEach(pairsPlot);
  };
  fileControls();
  window.addEventListener("resize", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(redraw);
  });
  themes(() => {
    choose(state.chosen);
    redraw();
  });
}
async function start() {
  if (typeof DecompressionStream === "undefined") {
    byId("lead").textContent = "The map and the plots need a browser of 2023 or later; the tables below can be read with any.";
    return;
  }
  arrays = await unpack();
  layer = makeLayer();
  if (layer) mapControls();
  else {
    byId("maps").remove();
    byId("map-controls").remove();
    byId("map-keys").remove();
    byId("map-note").textContent = mapNote();
  }
  axisChoices();
  brushControls();
  shortlistButtons();
  listen();
  const resolver = resolveControls();
  choose(contents.shortlist[0]);
  document.querySelectorAll("canvas.pairs").forEach(pairsPlot);
  window.edaphon = { choose, chosen: () => state.chosen, state, mapHash, mapHashOf, mapView, mapKind: contents.map && contents.map.kind, resolver, ready: true };
  performance.mark("edaphon-ready");
  document.documentElement.dataset.ready = "yes";
}
start();
