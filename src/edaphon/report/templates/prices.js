// ---- several rules at once: their prices, and whole units that keep them ------------------------
// As edaphon.solver.prices: the maximum of every unit is replaced by t log sum exp(. / t), at most
// t log(options) above it, and a projected Newton method follows that smooth function down while t
// shrinks. Any prices at or above 0 prove a bound; the smoothing steers, it proves nothing.
// value: (units x options), lines: each (units x options), turned to sum <= limit, and a size.
const temperatures = [0.1, 0.03, 0.01, 3e-3, 1e-3];
const newtonSteps = 12;
const mostLooks = 90; // where no portfolio keeps the rules, prices would rise without end
function smoothPrices(value, mask, lines) {
  const n = value.length / nOptions;
  const count = lines.length;
  let total = 0;
  let open = 0;
  for (let k = 0; k < value.length; k += 1) {
    total += mask[k] ? Math.abs(value[k]) : 0;
    open += mask[k];
  }
  const scale = Math.max(total / Math.max(open, 1), 1e-300);
  const worths = value.map((worth) => worth / scale);
  const rows = lines.map(({ row, size }) => row.map((figure) => figure / size));
  const share = new Float64Array(nOptions);
  const mean = new Float64Array(count);
  let looks = 0;
  function smooth(prices, t, slope, curve) {
    looks += 1;
    slope.forEach((_, r) => { slope[r] = lines[r].limit / lines[r].size; });
    curve.fill(0);
    let level = prices.reduce((sum, price, r) => sum + price * slope[r], 0);
    for (let i = 0, k = 0; i < n; i += 1, k += nOptions) {
      let best = -Infinity;
      for (let a = 0; a < nOptions; a += 1) {
        let worth = -Infinity;
        if (mask[k + a]) {
          worth = worths[k + a];
          for (let r = 0; r < count; r += 1) worth -= prices[r] * rows[r][k + a];
        }
        share[a] = worth;
        if (worth > best) best = worth;
      }
      let sum = 0;
      for (let a = 0; a < nOptions; a += 1) sum += share[a] = Math.exp((share[a] - best) / t);
      level += best + t * Math.log(sum);
      mean.fill(0);
      for (let a = 0; a < nOptions; a += 1) {
        share[a] /= sum;
        if (share[a] > 1e-12) for (let r = 0; r < count; r += 1) mean[r] += share[a] * rows[r][k + a];
      }
      for (let r = 0; r < count; r += 1) slope[r] -= mean[r];
      for (let a = 0; a < nOptions; a += 1) {
        if (share[a] < 1e-12 || share[a] > 1 - 1e-12) continue;
        for (let r = 0; r < count; r += 1) {
          const off = (share[a] * (rows[r][k + a] - mean[r])) / t;
          for (let s = 0; s <= r; s += 1) curve[r * count + s] += off * (rows[s][k + a] - mean[s]);
        }
      }
    }
    return level;
  }
  let prices = new Array(count).fill(0);
  let [slope, curve] = [new Float64Array(count), new Float64Array(count * count)];
  let [nextSlope, nextCurve] = [new Float64Array(count), new Float64Array(count * count)];
  for (const t of temperatures) {
    let level = smooth(prices, t, slope, curve);
    for (let step = 0; step < newtonSteps && looks < mostLooks; step += 1) {
      const free = prices.map((price, r) => r).filter((r) => prices[r] > 1e-6 || slope[r] < 0);
      const steepest = prices.map((price, r) => -slope[r] / (curve[r * count + r] + 1e-3 * n));
      const before = level;
      for (const way of [newtonWay(slope, curve, free, count), steepest]) {
        for (let half = 0, length = 1; half < 12 && level === before && looks < mostLooks; half += 1, length /= 3) {
          const tried = prices.map((price, r) => Math.max(price + length * way[r], 0));
          const found = smooth(tried, t, nextSlope, nextCurve);
          const fall = tried.reduce((sum, price, r) => sum + slope[r] * (price - prices[r]), 0);
          if (fall >= 0 || found > level + 1e-4 * fall) continue;
          [prices, level] = [tried, found];
          [slope, nextSlope, curve, nextCurve] = [nextSlope, slope, nextCurve, curve];
        }
        if (level < before) break;
      }
      if (before - level <= 1e-9 * n * t) break;
    }
  }
  return prices.map((price, r) => (price * scale) / lines[r].size);
}
// the step to where the quadratic model of the free prices is flat (Cholesky; the rest stay)
function newtonWay(slope, curve, free, count) {
  const m = free.length;
  const root = new Float64Array(m * m);
  const way = new Array(count).fill(0);
  const trace = free.reduce((sum, r) => sum + curve[r * count + r], 0);
  const ridge = 1e-6 * (trace / Math.max(m, 1)) + 1e-9;
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = curve[Math.max(free[i], free[j]) * count + Math.min(free[i], free[j])] + (i === j ? ridge : 0);
      for (let k = 0; k < j; k += 1) sum -= root[i * m + k] * root[j * m + k];
      root[i * m + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / root[j * m + j];
    }
  }
  const half = new Float64Array(m);
  for (let i = 0; i < m; i += 1) {
    let sum = -slope[free[i]];
    for (let k = 0; k < i; k += 1) sum -= root[i * m + k] * half[k];
    half[i] = sum / root[i * m + i];
  }
  for (let i = m - 1; i >= 0; i -= 1) {
    let sum = half[i];
    for (let k = i + 1; k < m; k += 1) sum -= root[k * m + i] * way[free[k]];
    way[free[i]] = sum / root[i * m + i];
  }
  return way;
}
// As edaphon.solver.repair: the move that relieves most for what it loses, until all rules hold; then
// moves that gain and break nothing. The budget (rule < 0) is never left for another rule's sake.
// `net`: value less all rules at their prices.
const repairPasses = 20;
function keepRules(place, value, net, mask, lines, improve) {
  const n = place.length;
  const movesOfAPass = Math.max(64, Math.ceil(n / 100));
  const count = lines.length;
  const rows = lines.map(({ row }) => row);
  const sizes = lines.map(({ size }) => size);
  const money = lines.findIndex(({ rule }) => rule < 0);
  const room = lines.map(({ row, limit }) => limit - place.reduce((sum, a, i) => sum + row[i * nOptions + a], 0));
  const apply = (i, a) => {
    for (let r = 0; r < count; r += 1) room[r] -= rows[r][i * nOptions + a] - rows[r][i * nOptions + place[i]];
    place[i] = a;
  };
  const reliefOf = (own, k) => {
    let relief = 0;
    if (money >= 0 && room[money] - rows[money][k] + rows[money][own] < Math.min(room[money], 0)) return 0;
    for (let r = 0; r < count; r += 1) relief += (Math.min(room[r] - rows[r][k] + rows[r][own], 0) - Math.min(room[r], 0)) / sizes[r];
    return relief;
  };
  const broken = () => room.reduce((sum, left, r) => sum - Math.min(left, 0) / sizes[r], 0);
  for (let pass = 0, before = Infinity; pass < repairPasses && broken() > 0 && broken() < 0.97 * before; pass += 1) {
    before = broken();
    const moves = [];
    for (let i = 0; i < n; i += 1) {
      const own = i * nOptions + place[i];
      for (let a = 0, k = i * nOptions; a < nOptions; a += 1, k += 1) {
        const relief = mask[k] && k !== own ? reliefOf(own, k) : 0;
        if (relief > 1e-12) moves.push({ i, a, cost: Math.max(net[own] - net[k], 0) / relief });
      }
    }
    if (!moves.length) break;
    moves.sort((one, other) => one.cost - other.cost || one.i - other.i);
    for (const { i, a } of moves.slice(0, movesOfAPass)) {
      if (!room.some((left) => left < 0)) break;
      if (reliefOf(i * nOptions + place[i], i * nOptions + a) > 1e-12) apply(i, a);
    }
  }
  if (!improve) return;
  const better = [];
  for (let i = 0; i < n; i += 1) {
    const own = i * nOptions + place[i];
    for (let a = 0, k = i * nOptions; a < nOptions; a += 1, k += 1) {
      if (mask[k] && value[k] > value[own]) better.push({ i, a, loss: net[own] - net[k] });
    }
  }
  better.sort((one, other) => one.loss - other.loss || one.i - other.i);
  for (const { i, a } of better) {
    const [own, k] = [i * nOptions + place[i], i * nOptions + a];
    if (value[k] > value[own] && rows.every((row, r) => room[r] - row[k] + row[own] >= 0)) apply(i, a);
  }
}
