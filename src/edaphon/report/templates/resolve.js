// ---- solving again: the price of one budget, what it proves, the slack filled ------------------
// As in edaphon.solver (dual, oracle): every unit takes the option with the largest value less
// price times cost; among equals the cheapest, then the first. Figures are rounded (report/resolve),
// so costs count with their error added where a rule must hold, and less it where a bound is proven.
function makeResolver(spec) {
  const n = contents.n_units;
  const budget = spec.rows.find((row) => row.budget);
  const at = (q, a, i) => spec.columns[q].low[a] + spec.columns[q].step[a] * arrays.resolve_codes[(q * nOptions + a) * n + i];
  const cost = new Float64Array(n * nOptions);
  const costError = spec.columns[budget.column].error;
  for (let i = 0, k = 0; i < n; i += 1) {
    for (let a = 0; a < nOptions; a += 1, k += 1) cost[k] = budget.sign * at(budget.column, a, i) + costError[a];
  }
  const isOpen = (i, a) => arrays.resolve_open[a * n + i] === 1;
  let pairs = null;
  function openPairs(used, locks) {
    const key = JSON.stringify([used, [...locks]]);
    if (!pairs || pairs.key !== key) pairs = { key, ...pairsFor(used, locks) };
    return pairs;
  }
  function pairsFor(used, locks) {
    const mask = new Uint8Array(n * nOptions);
    let forced = 0;
    for (let i = 0; i < n; i += 1) {
      const lock = locks.get(i);
      let any = false;
      for (let a = 0; a < nOptions; a += 1) {
        const free = isOpen(i, a) && (lock === undefined ? used[a] : a === lock);
        mask[i * nOptions + a] = free ? 1 : 0;
        any = any || free;
      }
      if (any) continue;
      forced += 1;
      for (let a = 0; a < nOptions; a += 1) mask[i * nOptions + a] = isOpen(i, a) ? 1 : 0;
    }
    return { mask, forced };
  }
  function valuesAt(coefficients) {
    const value = new Float64Array(n * nOptions);
    const error = new Float64Array(nOptions);
    coefficients.forEach((factor_, q) => {
      const { low, step, error: own } = spec.columns[q];
      for (let a = 0; a < nOptions; a += 1) {
        const [from, by] = [factor_ * low[a], factor_ * step[a]];
        const start = (q * nOptions + a) * n;
        error[a] += factor_ * own[a];
        for (let i = 0, k = a; i < n; i += 1, k += nOptions) value[k] += from + by * arrays.resolve_codes[start + i];
      }
    });
    return { value, error };
  }
  const everyUnit = Int32Array.from({ length: n }, (_, i) => i);
  function side(value, mask, price, units) {
    const place = new Uint8Array(n);
    const cheapest = price === Infinity;
    for (let u = 0; u < units.length; u += 1) {
      const start = units[u] * nOptions;
      let best = 0;
      let most = -Infinity;
      let least = Infinity;
      for (let a = 0; a < nOptions; a += 1) {
        const k = start + a;
        if (mask[k] === 0) continue;
        const good = cheapest ? -cost[k] : value[k] - price * cost[k];
        const paid = cheapest ? -value[k] : cost[k];
        if (good > most || (good === most && paid < least)) {
          best = a;
          most = good;
          least = paid;
        }
      }
      place[units[u]] = best;
    }
    return summed(place, value, price, units);
  }
  function summed(place, value, price, units) {
    let worth = 0;
    let spent = 0;
    for (let u = 0; u < units.length; u += 1) {
      const k = units[u] * nOptions + place[units[u]];
      worth += value[k];
      spent += cost[k];
    }
    return { place, worth, spent, price };
  }
  // a unit with the same best option on both sides of the limit keeps it in between
  function priced(value, mask, limit) {
    let units = everyUnit;
    let beyond = side(value, mask, 0, units);
    if (beyond.spent <= limit) return beyond;
    let within = side(value, mask, Infinity, units);
    if (within.spent > limit) return null;
    const chosen = within.place.slice();
    let room = limit;
    let price = 0;
    for (let step = 1; step <= 200; step += 1) {
      const open = units.filter((i) => beyond.place[i] !== within.place[i]);
      if (open.length < 0.6 * units.length) {
        room -= within.spent - summed(within.place, value, 0, open).spent;
        units = open;
        beyond = summed(beyond.place, value, beyond.price, units);
        within = summed(within.place, value, within.price, units);
      }
      if (beyond.spent <= within.spent) break;
      price = (beyond.worth - within.worth) / (beyond.spent - within.spent);
      const halve = step % 4 === 0 && within.price < Infinity;
      if (halve) price = 0.5 * (beyond.price + within.price);
      const middle = side(value, mask, price, units);
      const tangent = within.worth - price * within.spent;
      const flat = middle.worth - price * middle.spent <= tangent + 1e-13 * (Math.abs(within.worth) + price * Math.abs(within.spent));
      if (flat && !halve) break;
      if (middle.spent > room) beyond = middle;
      else {
        within = middle;
        for (let u = 0; u < units.length; u += 1) chosen[units[u]] = middle.place[units[u]];
      }
    }
    return summed(chosen, value, Math.max(price, 0), everyUnit);
  }
  // the expanding core of edaphon.solver.core: states (cost added, value lost) over the nearly tied units
  function nearlyTied(found, value, mask, most) {
    const near = [];
    for (let i = 0; i < n; i += 1) {
      const own = i * nOptions + found.place[i];
      const top = value[own] - found.price * cost[own];
      let options = null;
      for (let a = 0, k = i * nOptions; a < nOptions; a += 1, k += 1) {
        const loss = Math.max(top - value[k] + found.price * cost[k], 0);
        if (mask[k] === 0 || k === own || loss >= most) continue;
        options = options || [];
        options.push({ a, added: cost[k] - cost[own], loss });
      }
      if (options) near.push({ i, options, nearest: Math.min(...options.map((o) => o.loss)) });
    }
    return near.sort((one, other) => one.nearest - other.nearest || one.i - other.i).slice(0, 40);
  }
  function fillSlack(found, value, mask, limit) {
    const slack = limit - found.spent;
    const goal = 3e-7 * Math.abs(found.worth);
    const near = nearlyTied(found, value, mask, found.price * slack);
    let saving = near.reduce((sum, unit) => sum + savingOf(unit), 0);
    let best = { loss: found.price * slack, state: null };
    let states = [{ added: 0, lost: 0, before: null }];
    for (const unit of near) {
      if (best.loss <= goal || unit.nearest >= best.loss) break;
      saving -= savingOf(unit);
      const more = unit.options.flatMap((o) => states.map((before) => ({ added: before.added + o.added, lost: before.lost + o.loss, before, i: unit.i, a: o.a })));
      const kept = [];
      let ahead = -Infinity;
      const order_ = [...states, ...more].filter((s) => s.lost < best.loss && s.added - saving <= slack);
      order_.sort((one, other) => one.added - other.added || one.lost - other.lost);
      for (const s of order_) {
        const worth = found.price * s.added - s.lost;
        if (worth <= ahead) continue;
        ahead = worth;
        kept.push(s);
        const loss = found.price * slack - worth;
        if (s.added <= slack && loss < best.loss) best = { loss, state: s };
      }
      states = kept.filter((s) => s.lost < best.loss).sort((one, other) => one.lost - other.lost).slice(0, 400);
    }
    for (let s = best.state; s && s.before; s = s.before) found.place[s.i] = s.a;
  }
  const savingOf = (unit) => Math.max(0, ...unit.options.map((o) => -o.added));
  function boundAt({ value, error }, mask, price, limit) {
    let bound = 0;
    let size = 0;
    for (let i = 0; i < n; i += 1) {
      let most = -Infinity;
      for (let a = 0, k = i * nOptions; a < nOptions; a += 1, k += 1) {
        const worth = value[k] + error[a] - price * (cost[k] - 2 * costError[a]);
        if (mask[k] !== 0 && worth > most) most = worth;
      }
      bound += most;
      size += Math.abs(most);
    }
    if (price > 0) [bound, size] = [bound + price * limit, size + price * Math.abs(limit)];
    return bound + 1e-11 * size;
  }
  function totals(place) {
    return spec.columns.map(({ low, step, error }, q) => {
      let sum = 0;
      let off = 0;
      for (let i = 0; i < n; i += 1) {
        const a = place[i];
        sum += low[a] + step[a] * arrays.resolve_codes[(q * nOptions + a) * n + i];
        off += error[a];
      }
      return { sum, off: off + 1e-11 * Math.abs(sum) };
    });
  }
  function solve({ weights, limit, used, locks }) {
    const begin = performance.now();
    const raised = floored(weights);
    const coefficients = raised.map((w, j) => w / spec.scales[j]);
    const { mask, forced } = openPairs(used, locks);
    const worth = valuesAt(coefficients);
    const found = priced(worth.value, mask, limit);
    if (!found) return null;
    if (found.price > 0) fillSlack(found, worth.value, mask, limit);
    const sums = totals(found.place);
    const bound = boundAt(worth, mask, found.price, limit);
    const least = coefficients.reduce((sum, c, j) => sum + c * (sums[j].sum - sums[j].off), 0);
    const reach = coefficients.reduce((sum, c, j) => sum + c * spec.span[j], 0);
    const base = spec.objectives.length > 1 ? reach : Math.abs(bound);
    return {
      place: found.place, price: found.price, bound, forced, weights: raised,
      gap: base > 0 ? Math.max(0, bound - least) / base : null,
      values: spec.sense.map((sense, j) => sense * sums[j].sum),
      errors: spec.sense.map((sense, j) => sums[j].off),
      spent: budget.sign * sums[budget.column].sum,
      rules: spec.rows.filter((row) => !row.budget).map((row) => ruleOf(row, sums[row.column])),
      milliseconds: performance.now() - begin,
    };
  }
  function ruleOf(row, { sum, off }) {
    const [least, most] = [row.sign * sum - off, row.sign * sum + off];
    const [low, high] = [row.low ?? -Infinity, row.high ?? Infinity];
    const kept = least >= low && most <= high ? "kept" : most < low || least > high ? "missed" : "too close to tell";
    return { name: row.name, unit: row.unit, value: row.sign * sum, low: row.low, high: row.high, kept };
  }
  function floored(weights) {
    const sum = weights.reduce((a, b) => a + b, 0);
    const even = weights.map((w) => Math.max(sum > 0 ? w / sum : 1 / weights.length, 1e-3));
    const whole = even.reduce((a, b) => a + b, 0);
    return even.map((w) => w / whole);
  }
  function saved(found, name) {
    const head = ["# name: " + name, "# problem: " + spec.problem];
    spec.objectives.forEach((objective, j) => head.push("# objective " + objective + ": " + found.values[j] + " +- " + found.errors[j]));
    const rows = Array.from(found.place, (a, i) => cell(unitId(i)) + "," + cell(spec.interventions[a]));
    return [...head, "unit_id,intervention", ...rows, ""].join("\n");
  }
  return { solve, saved, budget, isOpen };
}

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
    byId("resolve-options").append(make("label", {}, box, make("span", { class: "swatch", style: "background:" + option.color }), option.name));
  });
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
      make("th", { scope: "row" }, capital(objective.name) + (objective.sense === "maximize" ? " ↑" : " ↓")),
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
    const better = objectives.length > 1 ? " is better in every objective at once by more than " : " is better by more than ";
    const of = objectives.length > 1 ? " of the span from worst to best on the front. " : ". ";
    const proven = found.gap === null ? "" : "Proven: no portfolio within this budget, these locks and switches" + better + atMost(found.gap) + of;
    const parts = [proven];
    const units = (count) => number(count, 6) + (count === 1 ? " unit" : " units");
    if (asked.locks.size) parts.push("Locked: " + units(asked.locks.size) + ". ");
    if (found.forced) parts.push("Without another choice than what is switched off: " + units(found.forced) + ". ");
    if (resolver.budget.high !== null && found.spent > resolver.budget.high) parts.push("This is more than the run's budget; adopt would cut it back. ");
    if (!kept) parts.push("It does not surely keep every rule below; adopt mends that. ");
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
