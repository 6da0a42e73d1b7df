// ---- the maps of the page: one portfolio, a second beside it, where they differ, how often ----
const canvas = byId("map");
const second = byId("map-other");
const tip = byId("tip");
const withMaps = []; // what is drawn anew whenever the maps are
let frequencies = null;
function frequency(i) {
  if (arrays.frequency) return arrays.frequency[i] / 255;
  if (!frequencies) {
    frequencies = new Float32Array(contents.n_units);
    for (let u = 0; u < frequencies.length; u += 1) {
      let count = 0;
      for (const k of onFront) count += optionAt(u, k) > 0 ? 1 : 0;
      frequencies[u] = onFront.length ? count / onFront.length : 0;
    }
  }
  return frequencies[i];
}
function regionShare(r, k) {
  return arrays.region_share[k * contents.map.regions.length + r];
}
function viewOf(kind, k) {
  if (contents.map.regions) {
    return { palette: contents.map.regions.map((name, r) => blend(regionShare(r, k))), look: (r) => r };
  }
  const colors = optionColors().map(hex);
  if (kind === "frequency") {
    return { palette: Array.from({ length: 11 }, (_, n) => blend(n / 10)), look: (i) => Math.round(10 * frequency(i)) };
  }
  if (!mapped(k)) return { palette: [hex(css("--faint"))], look: () => 0 };
  if (kind === "difference") {
    const palette = [hex(css("--faint")), hex(css("--soft")), ...colors.slice(1)];
    return { palette, look: (i) => (optionAt(i, k) === optionAt(i, state.other) ? 0 : 1 + optionAt(i, k)) };
  }
  return { palette: colors, look: (i) => optionAt(i, k) };
}
function drawMaps() {
  if (!layer || state.chosen < 0) return;
  const beside = state.view === "portfolio" && state.beside;
  byId("beside-frame").hidden = !beside;
  byId("maps").classList.toggle("two", Boolean(beside));
  layer.paint(canvas, viewOf(state.view, state.chosen), state.hover);
  if (beside) {
    layer.paint(second, viewOf("portfolio", state.other), state.hover);
    byId("beside-name").textContent = labelOf(portfolios[state.other]);
    second.setAttribute("aria-label", "Map: " + headline(portfolios[state.other]));
  }
  byId("map-note").textContent = mapNote();
  withMaps.forEach((draw) => draw());
}
function mapNote() {
  if (!contents.map) return contents.anonymous ? "No map: the landscape names no regions." : "No map: the landscape has no geometry.";
  if (contents.map.regions) return "Regions colored by the share of their area that is treated: gray none, blue all. Planning units are not shown.";
  const name = labelOf(portfolios[state.other]);
  if (state.view !== "frequency" && !mapped(state.chosen)) return "The map of this portfolio is not in this page: with " + number(contents.n_units, 9) + " units it would grow too heavy. portfolios.parquet holds it.";
  if (state.view === "difference") {
    let count = 0;
    for (let i = 0; i < contents.n_units; i += 1) count += optionAt(i, state.chosen) !== optionAt(i, state.other) ? 1 : 0;
    return number(count, 6) + " of " + number(contents.n_units, 6) + " units differ from “" + name + "”. Colored: what is done here instead; strong gray: nothing new here, something there; faint: the same in both.";
  }
  if (state.view === "frequency") return "The bluer, the more portfolios of the front treat the unit: gray none, blue all. Often chosen is not the same as important: another unit may do just as well.";
  const off = contents.units.rounding ? " Figures of single units are rounded by up to " + percent(contents.units.rounding) + "." : "";
  return "Colors as in the table." + off;
}
function mapControls() {
  const select = byId("other");
  portfolios.forEach((p, k) => mapped(k) && select.append(make("option", { value: k }, labelOf(p))));
  const policy = portfolios.findIndex((p) => p.kind === "policy");
  state.other = policy >= 0 ? policy : 0;
  select.value = state.other;
  select.addEventListener("change", () => {
    state.other = Number(select.value);
    drawMaps();
  });
  if (contents.map && contents.map.regions) byId("view").querySelectorAll("option:not([value=portfolio]):not([value=beside])").forEach((o) => o.remove());
  byId("view").addEventListener("change", (event) => {
    state.beside = event.target.value === "beside";
    state.view = state.beside ? "portfolio" : event.target.value;
    byId("other-label").hidden = !(state.beside || state.view === "difference");
    drawMaps();
  });
  zoomButtons(byId("zoom"), drawMaps);
}

// ---- the unit that is pointed at ---------------------------------------------------------
let ids = null;
function unitEffect(i, a, f) {
  const nFeatures = features.length;
  if (contents.units.effects === "factored") {
    const at = i * nFeatures + f;
    const ratio = arrays.ratio[(arrays.stratum[i] * nOptions + a) * nFeatures + f];
    let effect = (arrays.answering || arrays.stock)[at] * ratio;
    const terms = contents.units.terms || 0;
    for (let k = 0; k < terms; k += 1) {
      effect += arrays.response[i * terms + k] * arrays.brought[(k * nOptions + a) * nFeatures + f];
    }
    if (arrays.odds) effect /= 1 + arrays.odds[at] * ratio;
    const room = effect > 0 ? arrays.room_up : arrays.room_down;
    if (room && room[at] <= 0) effect = 0;
    else if (room && isFinite(room[at])) effect = Math.sign(effect) * room[at] * (1 - Math.exp(-Math.abs(effect) / room[at]));
    return arrays.probability ? effect * arrays.probability[i * nOptions + a] : effect;
  }
  return arrays.effects[(i * nOptions + a) * nFeatures + f];
}
function unitCost(i, a) {
  const cost = contents.units.cost[a];
  if (typeof cost === "number") return cost * arrays.unit_area[i];
  return cost.times * arrays[cost.column][i];
}
function unitLines(i, k) {
  const a = mapped(k) ? optionAt(i, k) : -1;
  const figure = (value) => number(value, contents.units.exact ? 3 : 2);
  const lines = [["area", figure(arrays.unit_area[i]) + " ha"]];
  if (contents.units.regions) lines.unshift(["region", contents.units.regions[arrays.region[i]]]);
  if (a > 0 && contents.units.cost) lines.push([ledgers[0].name, figure(unitCost(i, a)) + " " + ledgers[0].unit]);
  features.forEach((feature, f) => {
    if (contents.units.effects === "factored" && !feature.relative) {
      const today = arrays.stock[i * features.length + f] / arrays.unit_area[i];
      lines.push([feature.name + " today", figure(today) + " " + feature.unit + "/ha"]);
    }
    if (a > 0 && contents.units.effects) {
      const change = unitEffect(i, a, f);
      const text = feature.relative ? figure(change / arrays.unit_area[i]) + " %" : figure(change) + " " + feature.unit;
      lines.push([feature.name + " change", (change > 0 ? "+" : "") + text]);
    }
  });
  lines.push(["treated in", percent(frequency(i)) + " of the portfolios"]);
  const other = k === state.other ? state.chosen : state.other;
  if ((state.beside || state.view === "difference") && mapped(other)) lines.push(["in the other", interventions[optionAt(i, other)].name]);
  return [unitId(i), a < 0 ? "" : capital(interventions[a].name), [...lines, ...whyLines(i, k)]];
}
function whyLines(i, k) {
  const s = (contents.why || []).indexOf(k);
  if (s < 0 || optionAt(i, k) === 0) return [];
  const at = s * contents.n_units + i;
  const parts = [];
  if (arrays.why_main[at] !== 255) parts.push(objectives[arrays.why_main[at]].name + " makes " + arrays.why_share[at] + " % of what the portfolio counts as gain");
  if (arrays.why_beats[at] !== 255) parts.push("gains more for its money than on " + arrays.why_beats[at] + " % of the other units where it may go");
  if (arrays.why_next[at] === 255) parts.push("no other option is allowed here");
  else {
    const other = interventions[arrays.why_next[at]].name;
    if (arrays.why_tie[at] && arrays.why_next[at] === 0 && Number.isFinite(arrays.why_money[at])) parts.push("at the portfolio's price for money, it just pays");
    else if (arrays.why_tie[at]) parts.push(other + " would do nearly as well");
    else if (Number.isFinite(arrays.why_money[at])) parts.push("next best is " + other + ", worth " + number(arrays.why_money[at]) + " " + ledgers[0].unit + " less");
  }
  const grade = "-ABCD"[arrays.why_grade[at]];
  parts.push(grade === "-" ? "no graded evidence" : "evidence of grade " + grade);
  return [["Why: " + parts.join("; ") + "."]];
}
function unitId(i) {
  ids = ids || new TextDecoder().decode(arrays.ids).split("\n");
  return ids[i];
}
function regionLines(r, k) {
  const share = percent(regionShare(r, k));
  return [contents.map.regions[r], "", [["of its area treated", share]]];
}
function showUnit(found, node = canvas) {
  const k = node === second ? state.other : state.chosen;
  if (found === state.hover && tip.parentElement === node.parentElement) return;
  state.hover = found;
  node.parentElement.append(tip);
  if (contents.map.kind === "vector") drawMaps();
  tip.hidden = found < 0;
  if (found >= 0) fillTip(tip, contents.units ? unitLines(found, k) : regionLines(found, k));
}
function showTip(event) {
  const node = event.target;
  const dots = node.width / node.clientWidth;
  showUnit(layer.at(node, event.offsetX * dots, event.offsetY * dots), node);
  placeTip(tip, node, event.offsetX, event.offsetY);
}
function hideTip() {
  tip.hidden = true;
  if (state.hover >= 0) {
    state.hover = -1;
    drawMaps();
  }
}
function mapKeys(event) {
  if (viewKeys(event, drawMaps)) return;
  const many = contents.map.regions ? contents.map.regions.length : contents.n_units;
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") hideTip();
  else if (step) {
    showUnit((state.hover + step + many) % many);
    const middle = layer.middle(state.hover) || [0, 0];
    bringIntoView(canvas, middle, drawMaps);
    const { scale, left, top } = placement(canvas);
    const dots = canvas.width / canvas.clientWidth;
    placeTip(tip, canvas, (left + middle[0] * scale) / dots, (top + middle[1] * scale) / dots);
  } else return;
  event.preventDefault();
}
const mapHash = () => mapHashOf(canvas);
