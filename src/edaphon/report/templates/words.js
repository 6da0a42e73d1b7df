// ---- words -----------------------------------------------------------------------------
function headline(p) {
  if (p.kind === "baseline" && p.area === 0) return "Do nothing new: every planning unit goes on as today";
  const found = p.kind === "front" || p.kind === "adopted";
  const name = capital(found ? p.tags.split(", ")[0] || p.name : titleOf(p));
  const label = found && p.tags ? name + " (" + p.name + ")" : name;
  const money = large(p.spent[0]) + "\u00a0" + ledgers[0].unit;
  const land = large(p.area) + "\u00a0ha, " + percent(p.area / contents.area_ha) + " of the land";
  return label + ": " + money + " on " + land;
}
function lead(p) {
  const level = Math.round(100 * contents.level);
  const gains = objectives
    .map((objective, m) => [objective, m])
    .filter(([objective, m]) => !isCost(objective) && p.values[m] !== null);
  if (p.kind === "baseline" && p.area === 0) return "Nothing is gained and nothing is spent; every other portfolio is counted against this one.";
  const locked = p.kind === "baseline" ? "Only what the config locks in is done. " : "";
  const parts = gains.map(([objective, m]) => {
    const interval = shown(objective, p.lower[m], 2) + " to " + shown(objective, p.upper[m], 2);
    return objective.name + " " + withUnit(objective, p.values[m]) + shareOfWhat(objective) + " (" + interval + ")";
  });
  const horizon = contents.horizon ? " after " + number(contents.horizon) + " years" : "";
  const expected = parts.length
    ? "Expected" + horizon + ", against going on as today: " + parts.join("; ") + ". In brackets, where the value lies with " + level + " % probability. "
    : "";
  const unsure = gains.filter(([, m]) => p.lower[m] < 0 && p.upper[m] > 0).map(([o]) => o.name);
  const verbs = unsure.length > 1 ? " gain or lose" : " gains or loses";
  const named = unsure.slice(0, -2).map((name) => name + ", ").join("") + unsure.slice(-2).join(" and ");
  const doubt = unsure.length ? "Whether " + named + verbs + " is not sure. " : "";
  return locked + expected + doubt + proof(p);
}
function proof(p) {
  const broken = p.feasible ? "" : "This portfolio breaks a rule of the config. ";
  if (objectives.length === 1) {
    if (p.kind !== "front" || p.optimality === null) return broken;
    return broken + "Proven: no portfolio that keeps the rules is better by more than " + atMost(p.optimality) + ".";
  }
  if (p.gap === null) return broken;
  return broken + "Proven: no portfolio that keeps the rules is better in every objective at once by more than " + atMost(p.gap) + " of the span from worst to best on this front.";
}
const proofs = {
  lp_dual: "linear programming",
  milp: "integer programming",
  tree: "branch and bound",
  dp: "dynamic programming",
};
const provenBy = (p) => (proof(p) && proofs[p.by] ? " The bound comes from " + proofs[p.by] + "." : "");
function outside(p) {
  if (p.outside === null) return "Nothing is spent in this portfolio.";
  if (p.outside === 0) return "All of this portfolio's spending lies inside the area of applicability: on units like the samples, and on practices with evidence for this climate.";
  return percent(p.outside) + " of this portfolio's spending lies outside the area of applicability: on units unlike all samples, or on practices without evidence for this climate. Measure there before spending much.";
}

// ---- tables ----------------------------------------------------------------------------
function interventionRows(k) {
  const colors = optionColors();
  const total = portfolios[k].spent[0];
  const rows = interventions.map((option, a) => {
    const area = arrays.areas[k * nOptions + a];
    const spent = arrays.spending[(k * nOptions + a) * ledgers.length];
    return { a, name: capital(option.name), color: colors[a], area, spent };
  });
  const [baseline, ...treated] = rows;
  treated.sort((one, other) => other.area - one.area || one.a - other.a);
  return [...treated, baseline].map((row) => {
    const swatch = make("span", { class: "swatch", style: "background:" + row.color });
    return make(
      "tr",
      row.area > 0 ? {} : { class: "none" },
      make("th", { scope: "row" }, swatch, row.name),
      make("td", {}, number(row.area)),
      make("td", {}, percent(row.area / contents.area_ha)),
      make("td", {}, row.a ? number(row.spent) : "–"),
      make("td", {}, row.a && total > 0 ? percent(row.spent / total) : "–"),
    );
  });
}
function objectiveRows(k) {
  const p = portfolios[k];
  return objectives.map((objective, m) => {
    const best = isCost(objective) ? null : p.values[m] / objective.ideal;
    const sure = p.lower[m] === p.upper[m];
    const interval = sure ? "exact" : shown(objective, p.lower[m]) + " to " + shown(objective, p.upper[m]);
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, capital(objective.name) + (objective.sense === "maximize" ? "\u00a0↑" : "\u00a0↓"), ...grades(objective)),
      make("td", {}, withUnit(objective, p.values[m])),
      make("td", {}, interval),
      make("td", {}, best === null || !(objective.ideal > 0) ? "–" : percent(best)),
      make("td", {}, shown(objective, objective.nadir) + " to " + shown(objective, objective.ideal)),
    );
  });
}
function grades(objective) {
  return objective.standIns.map((one) => {
    const said = one.surrogate + " for " + one.standsFor + ": ";
    return make("small", { class: "grade " + (one.grade === "supported" ? "good" : "") }, said, make("strong", {}, one.grade));
  });
}
function tiles(k) {
  const p = portfolios[k];
  return objectives.map((objective, m) => {
    const rows = [...onFront, k];
    const low = Math.min(0, ...rows.map((r) => portfolios[r].lower[m] ?? portfolios[r].values[m]));
    const high = Math.max(...rows.map((r) => portfolios[r].upper[m] ?? portfolios[r].values[m]));
    const at = (value) => 4 + (192 * (value - low)) / (high - low || 1);
    const bar = svg("svg", { viewBox: "0 0 200 22", preserveAspectRatio: "none", "aria-hidden": "true" });
    bar.append(svg("line", { class: "rail", x1: 4, x2: 196, y1: 11, y2: 11 }));
    if (low < 0) bar.append(svg("line", { x1: at(0), x2: at(0), y1: 3, y2: 19, stroke: css("--soft"), "stroke-width": 1 }));
    const exact = p.lower[m] === p.upper[m];
    if (!exact) bar.append(svg("line", { class: "bar", x1: at(p.lower[m]), x2: at(p.upper[m]), y1: 11, y2: 11 }));
    bar.append(svg("rect", { class: "point", x: at(p.values[m]) - 1.5, y: 4, width: 3, height: 14 }));
    const figure = (v) => large(v === null ? null : v * factor(objective));
    const text = plus(objective, p.values[m]) + figure(p.values[m]);
    const value = make("div", { class: "value" }, text, make("wbr"), make("small", {}, unitOf(objective)));
    const ofWhat = shareOfWhat(objective) ? [make("div", { class: "range" }, shareOfWhat(objective).trim())] : [];
    const ends = figure(p.lower[m]) + " to " + figure(p.upper[m]);
    const range = exact ? (isCost(objective) ? "exact: no spread of costs is given" : "nothing changes, so nothing is uncertain") : ends + (objective.saturating ? "; losses weigh heavily" : "");
    const sense = objective.sense === "maximize" ? " ↑" : " ↓ less is better";
    return make("div", { class: "tile" }, make("div", { class: "label" }, capital(objective.name) + sense), value, ...ofWhat, make("div", { class: "range" }, range), bar);
  });
}
