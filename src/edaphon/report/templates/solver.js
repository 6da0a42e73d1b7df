// ---- solving again: the price of one budget, what it proves, the slack filled ------------------
// As in edaphon.solver (dual, oracle): every unit takes the option with the largest value less
// price times cost; among equals the cheapest, then the first. Figures are rounded (report/resolve),
// so costs count with their error added where a rule must hold, and less it where a bound is proven.
// Rules beyond the budget enter at prices (prices.js), found on a sample of many units; then single
// units move until all rules hold.
const pricedUnits = 2500;
const thoroughUnits = 20000;
function makeResolver(spec) {
  const n = contents.n_units;
  const budget = spec.rows.find((row) => row.budget);
  const rules = spec.rows.filter((row) => !row.budget && (row.low !== null || row.high !== null));
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
  // gains at their weights less rules at their prices
  function valuesAt(coefficients, prices) {
    const value = new Float64Array(n * nOptions);
    const error = new Float64Array(nOptions);
    const factors = spec.columns.map((column, q) => coefficients[q] ?? 0);
    rules.forEach((row, r) => { factors[row.column] -= row.sign * prices[r]; });
    factors.forEach((factor_, q) => {
      if (factor_ === 0) return;
      const { low, step, error: own } = spec.columns[q];
      for (let a = 0; a < nOptions; a += 1) {
        const [from, by] = [factor_ * low[a], factor_ * step[a]];
        const start = (q * nOptions + a) * n;
        error[a] += Math.abs(factor_) * own[a];
        for (let i = 0, k = a; i < n; i += 1, k += nOptions) value[k] += from + by * arrays.resolve_codes[start + i];
      }
    });
    return { value, error };
  }
  const everyUnit = Int32Array.from({ length: n }, (_, i) => i);
  function side(value, paying, mask, price, units) {
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
        const good = cheapest ? -paying[k] : value[k] - price * paying[k];
        const paid = cheapest ? -value[k] : paying[k];
        if (good > most || (good === most && paid < least)) {
          best = a;
          most = good;
          least = paid;
        }
      }
      place[units[u]] = best;
    }
    return summed(place, value, paying, price, units);
  }
  function summed(place, value, paying, price, units) {
    let worth = 0;
    let spent = 0;
    for (let u = 0; u < units.length; u += 1) {
      const k = units[u] * nOptions + place[units[u]];
      worth += value[k];
      spent += paying[k];
    }
    return { place, worth, spent, price };
  }
  // a unit with the same best option on both sides of the limit keeps it in between
  function priced(value, paying, mask, limit) {
    let units = everyUnit;
    let beyond = side(value, paying, mask, 0, units);
    if (beyond.spent <= limit) return beyond;
    let within = side(value, paying, mask, Infinity, units);
    if (within.spent > limit) return null;
    const chosen = within.place.slice();
    let room = limit;
    let price = 0;
    for (let step = 1; step <= 200; step += 1) {
      const open = units.filter((i) => beyond.place[i] !== within.place[i]);
      if (open.length < 0.6 * units.length) {
        room -= within.spent - summed(within.place, value, paying, 0, open).spent;
        units = open;
        beyond = summed(beyond.place, value, paying, beyond.price, units);
        within = summed(within.place, value, paying, within.price, units);
      }
      if (beyond.spent <= within.spent) break;
      price = (beyond.worth - within.worth) / (beyond.spent - within.spent);
      const halve = step % 4 === 0 && within.price < Infinity;
      if (halve) price = 0.5 * (beyond.price + within.price);
      const middle = side(value, paying, mask, price, units);
      const tangent = within.worth - price * within.spent;
      const flat = middle.worth - price * middle.spent <= tangent + 1e-13 * (Math.abs(within.worth) + price * Math.abs(within.spent));
      if (flat && !halve) break;
      if (middle.spent > room) beyond = middle;
      else {
        within = middle;
        for (let u = 0; u < units.length; u += 1) chosen[units[u]] = middle.place[units[u]];
      }
    }
    return summed(chosen, value, paying, Math.max(price, 0), everyUnit);
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
  // one unit of every `by`, not always the same one: units often come in rows
  const sampled = (u, by) => Math.min(u * by + ((u * 7919) % by), n - 1);
  // every side of every rule as sum <= limit, errors added, for the units of a sample
  const lineCache = new Map();
  function lineOf(row, side_, by) {
    const key = spec.rows.indexOf(row) + "," + side_ + "," + by;
    if (lineCache.has(key)) return lineCache.get(key);
    const units = Math.ceil(n / by);
    const line = { row: new Float64Array(units * nOptions), size: 0 };
    const { error } = spec.columns[row.column];
    for (let u = 0, k = 0; u < units; u += 1) {
      const i = sampled(u, by);
      for (let a = 0; a < nOptions; a += 1, k += 1) {
        line.row[k] = isOpen(i, a) ? side_ * row.sign * at(row.column, a, i) + error[a] : 0;
        line.size += Math.abs(line.row[k]);
      }
    }
    line.size = line.size / line.row.length || 1;
    lineCache.set(key, line);
    return line;
  }
  function linesAt(limit, by, spare = rules.map(() => 0)) {
    const share = Math.ceil(n / by) / n;
    const sides = rules.flatMap((row) => [[row, 1, row.high], [row, -1, row.low]]).filter(([, , end]) => end !== null);
    if (limit < Infinity) sides.push([budget, 1, limit]);
    return sides.map(([row, side_, end]) => ({ ...lineOf(row, side_, by), limit: (side_ * end - (spare[rules.indexOf(row)] ?? 0)) * share, side: side_, rule: rules.indexOf(row) }));
  }
  function pricesOfRules(value, mask, limit, spare) {
    const prices = rules.map(() => 0);
    if (!rules.length) return prices;
    const by = Math.ceil(n / pricedUnits);
    const lines = linesAt(limit, by, spare);
    const take = (from, made) => {
      for (let u = 0, k = 0; k < made.length; u += 1) {
        for (let a = 0; a < nOptions; a += 1, k += 1) made[k] = from[sampled(u, by) * nOptions + a];
      }
      return made;
    };
    const size = Math.ceil(n / by) * nOptions;
    const found = by === 1 ? smoothPrices(value, mask, lines) : smoothPrices(take(value, new Float64Array(size)), take(mask, new Uint8Array(size)), lines);
    lines.forEach((line, r) => { if (line.rule >= 0) prices[line.rule] += line.side * found[r]; });
    return prices;
  }
  // prices, the best options at them, and whole units that keep the rules with `spare` to spare
  function attempt(coefficients, plain, mask, limit, spare) {
    const prices = pricesOfRules(plain.value, mask, limit, spare);
    const worth = rules.length ? valuesAt(coefficients, prices) : plain;
    const found = priced(worth.value, cost, mask, limit);
    if (!found) return null;
    if (found.price > 0 && prices.every((price) => price === 0)) fillSlack(found, worth.value, mask, limit);
    if (rules.length) {
      const net = worth.value.map((value, k) => value - found.price * cost[k]);
      keepRules(found.place, plain.value, net, mask, linesAt(limit, 1), n <= thoroughUnits);
    }
    const sums = totals(found.place);
    const ends = rules.map((row, r) => (prices[r] ? prices[r] * (prices[r] > 0 ? row.high : row.low) : 0));
    const bound = ends.reduce((sum, end) => sum + end + 1e-11 * Math.abs(end), boundAt(worth, mask, found.price, limit));
    const least = coefficients.reduce((sum, c, j) => sum + c * (sums[j].sum - sums[j].off), 0);
    const told = rules.map((row) => ruleOf(row, sums[row.column]));
    return { ...found, sums, bound, least, rules: told, missed: told.filter((rule) => rule.short > 0).length };
  }
  function solve({ weights, limit, used, locks }) {
    const begin = performance.now();
    const raised = floored(weights);
    const coefficients = raised.map((w, j) => w / spec.scales[j]);
    const { mask, forced } = openPairs(used, locks);
    const plain = valuesAt(coefficients, rules.map(() => 0));
    const short = rules.map(() => 0);
    let best = null;
    let bound = Infinity;
    for (let t = 0; t < (n <= thoroughUnits ? 4 : 2) && (!best || best.missed); t += 1) {
      const found = attempt(coefficients, plain, mask, limit, short);
      if (!found) return null;
      bound = Math.min(bound, found.bound);
      if (!best || found.missed < best.missed) best = found;
      found.rules.forEach((rule, r) => { short[r] += 1.5 * rule.short; });
      if (found.rules.some((rule) => rule.short > 0.05 * Math.abs((rule.low ?? rule.high) || Infinity))) break; // far off: more money is needed
    }
    const { sums, least } = best;
    const reach = coefficients.reduce((sum, c, j) => sum + c * spec.span[j], 0);
    const base = spec.objectives.length > 1 ? reach : Math.abs(bound);
    return {
      place: best.place, price: best.price, bound, forced, weights: raised,
      gap: base > 0 ? Math.max(0, bound - least) / base : null,
      values: spec.sense.map((sense, j) => sense * sums[j].sum),
      errors: spec.sense.map((sense, j) => sums[j].off),
      spent: budget.sign * sums[budget.column].sum,
      rules: best.rules,
      milliseconds: performance.now() - begin,
    };
  }
  function ruleOf(row, { sum, off }) {
    const [least, most] = [row.sign * sum - off, row.sign * sum + off];
    const [low, high] = [row.low ?? -Infinity, row.high ?? Infinity];
    const kept = least >= low && most <= high ? "kept" : most < low || least > high ? "missed" : "too close to tell";
    return { name: row.name, unit: row.unit, value: row.sign * sum, low: row.low, high: row.high, kept, short: Math.max(low - least, most - high, 0) };
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

