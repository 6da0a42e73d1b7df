// ---- its sliders, switches, locks and map ---------------------------------------------------
function resolveControls() {
  const spec = contents.resolve;
  if (!spec || spec.why) return null;
  const resolver = makeResolver(spec);
  const node = byId("resolve-map");
  const most = Math.max(...portfolios.map((p) => p.spent[0] ?? 0));
  const base = resolver.budget.high ?? most;
  const asked = { weights: objectives.map(() => 50), limit: resolver.budget.high ?? Infinity, used: interventions.map(() => true), locks: new Map() };
  const own = { found: null, hover: -1 };
  const slider = (id, label, top, value, heard) => {
    const input = make("input", { id, type: "range", min: 0, max: top, step: 1, value });
    const said = make("span", {});
    const tell = () => {
      said.textContent = heard(Number(input.value));
      input.setAttribute("aria-valuetext", said.textContent);
    };
    input.addEventListener("input", () => {
      tell();
      update();
    });
    byId("resolve-sliders").append(make("label", {}, label, input, said));
    tell();
  };
  if (objectives.length > 1) {
    objectives.forEach((objective, m) => slider("resolve-weight-" + m, capital(objective.name), 100, 50, (value) => {
      asked.weights[m] = value;
      return String(value);
    }));
  }
  if (base > 0) {
    const [top, start] = resolver.budget.high === null ? [101, 101] : [150, 100];
    slider("resolve-budget", capital(resolver.budget.name), top, start, (value) => {
      asked.limit = value === 101 && resolver.budget.high === null ? Infinity : value === 100 ? base : (base * value) / 100;
      return asked.limit === Infinity ? "no limit" : number(asked.limit) + " " + resolver.budget.unit;
    });
  }
  interventions.slice(1).forEach((option, index) => {
    const box = make("input", { type: "checkbox", id: "resolve-option-" + (index + 1), checked: "" });
    box.addEventListener("change", () => {
      asked.used[index + 1] = box.checked;
      update();
    });
    byId("resolve-options").append(make("label", {}, box, make("span", { class: "swatch", style: "background:" + option.color }), capital(option.name)));
  });
  byId("resolve").addEventListener("input", () => byId("resolve").classList.add("used")); // worth paper then
  function update() {
    own.found = resolver.solve(asked);
    const found = own.found;
    byId("resolve-save").disabled = !found;
    if (layer) byId("resolve-unlock").hidden = asked.locks.size === 0;
    if (!found) {
      byId("resolve-proof").textContent = "Nothing that is allowed here costs so little. Raise the budget, or unlock units.";
      return;
    }
    byId("resolve-result").tBodies[0].replaceChildren(...objectives.map((objective, m) => make(
      "tr", {},
      make("th", { scope: "row" }, capital(objective.name) + (objective.sense === "maximize" ? "\u00a0↑" : "\u00a0↓")),
      make("td", {}, withUnit(objective, found.values[m])),
      make("td", {}, "± " + shown(objective, found.errors[m], 2)),
      make("td", {}, shown(objective, objective.nadir) + " to " + shown(objective, objective.ideal)),
    )));
    byId("resolve-proof").textContent = proofText(found);
    byId("resolve-rules").replaceChildren(...found.rules.map((rule) => make("li", { class: rule.kept === "kept" ? "note" : "warning" }, make("span", { class: "badge" + (rule.kept === "kept" ? "" : " bad") }, rule.kept), make("span", {}, capital(rule.name) + ": " + number(rule.value) + " " + rule.unit + ruleEnds(rule)))));
    paint();
  }
  const ruleEnds = (rule) => (rule.low === null ? "" : ", at least " + number(rule.low)) + (rule.high === null ? "" : ", at most " + number(rule.high));
  function proofText(found) {
    const kept = found.rules.every((rule) => rule.kept === "kept");
    const missed = found.rules.some((rule) => rule.kept === "missed");
    const better = objectives.length > 1 ? " is better in every objective at once by more than " : " is better by more than ";
    const of = objectives.length > 1 ? " of the span from worst to best on the front. " : ". ";
    const proven = found.gap === null || missed ? "" : "Proven: no portfolio within this budget, these locks and switches" + (found.rules.length ? ", that keeps the rules below," : "") + better + atMost(found.gap) + of;
    const parts = [proven];
    const units = (count) => number(count, 6) + (count === 1 ? " unit" : " units");
    if (asked.locks.size) parts.push("Locked: " + units(asked.locks.size) + ". ");
    if (found.forced) parts.push("Without another choice than what is switched off: " + units(found.forced) + ". ");
    if (resolver.budget.high !== null && found.spent > resolver.budget.high) parts.push("This is more than the run's budget; adopt would cut it back. ");
    if (!kept) parts.push((missed ? "It misses a rule below, so nothing is proven of it; adopt tries to mend that within the run's budget. " : "It does not surely keep every rule below; adopt tries to mend that. "));
    return parts.join("");
  }
  function paint() {
    if (!layer || !own.found || contents.map.regions) return;
    const colors = optionColors().map(hex);
    const dark = colors.map((color) => color.map((c) => Math.round(0.55 * c)));
    const look = (i) => own.found.place[i] + (asked.locks.has(i) ? nOptions : 0);
    layer.paint(node, { palette: [...colors, ...dark], look }, own.hover);
  }
  function tellUnit(i, more = "") {
    own.hover = i;
    const locked = asked.locks.has(i) ? ", locked" : "";
    byId("resolve-unit").textContent = i < 0 ? "" : unitId(i) + ": " + interventions[own.found.place[i]].name + locked + more;
  }
  function toggle(i) {
    if (i < 0 || !own.found) return;
    const wish = byId("resolve-click").value;
    const option = wish === "keep" ? own.found.place[i] : Number(wish);
    if (asked.locks.has(i)) asked.locks.delete(i);
    else if (resolver.isOpen(i, option)) asked.locks.set(i, option);
    else {
      tellUnit(i, "; " + interventions[option].name + " may not go there");
      return;
    }
    update();
    tellUnit(i);
  }
  const unlock = () => {
    asked.locks.clear();
    update();
    tellUnit(-1);
  };
  byId("resolve-click").append(make("option", { value: "keep" }, "keeps the unit as it is"), ...interventions.map((option, a) => make("option", { value: a }, "sets it to " + option.name)));
  byId("resolve-unlock").addEventListener("click", unlock);
  byId("resolve-save").addEventListener("click", () => {
    save("portfolio.csv", resolver.saved(own.found, byId("resolve-name").value));
  });
  if (layer) {
    const unitUnder = (event) => {
      const dots = node.width / node.clientWidth;
      return layer.at(node, event.offsetX * dots, event.offsetY * dots);
    };
    let from = null;
    node.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; });
    node.addEventListener("click", (event) => {
      if (from && Math.hypot(event.clientX - from[0], event.clientY - from[1]) < 5) toggle(unitUnder(event));
    });
    node.addEventListener("pointermove", (event) => own.found && tellUnit(unitUnder(event)));
    node.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Enter") toggle(own.hover);
      else if (step && own.found) tellUnit((own.hover + step + contents.n_units) % contents.n_units);
      else return;
      event.preventDefault();
      paint();
    });
    dragging(node, drawMaps);
    withMaps.push(paint);
  } else {
    node.parentElement.remove();
    byId("resolve-map-controls").remove();
  }
  update();
  return { asked, solve: resolver.solve, found: () => own.found, file: () => resolver.saved(own.found, byId("resolve-name").value), hash: () => mapHashOf(node) };
}
