// ---- what the page saves: a table and a map of the chosen portfolio ---------------------------
function portfolioTable(k) {
  const regions = contents.units.regions;
  const head = ["unit_id", ...(regions ? ["region"] : []), "area_ha", "intervention", ledgers[0].name + " [" + ledgers[0].unit + "]"];
  const rows = [head.map(cell)];
  for (let i = 0; i < contents.n_units; i += 1) {
    const a = optionAt(i, k);
    const where = regions ? [cell(regions[arrays.region[i]])] : [];
    rows.push([cell(unitId(i)), ...where, arrays.unit_area[i], cell(interventions[a].id), unitCost(i, a)]);
  }
  return rows.map((row) => row.join(",")).join("\n") + "\n";
}
// Longitude and latitude (WGS 84) of a point of the map, from the polynomial of report/georeference.
function degreesOf(x, y) {
  const { powers, longitude, latitude } = contents.map.place;
  const [u, v] = [(2 * x) / contents.map.width - 1, (2 * y) / contents.map.height - 1];
  let [east, north] = [0, 0];
  powers.forEach(([i, j], t) => {
    const term = u ** i * v ** j;
    east += longitude[t] * term;
    north += latitude[t] * term;
  });
  return [Number(east.toFixed(7)), Number(north.toFixed(7))];
}
// How far a corner may be off, in m: the map's steps (rounding, and points dropped), and the polynomial.
function mapAccuracy() {
  const step = contents.map.meters / contents.map.width;
  return contents.map.place.error_m + (contents.map.kind === "vector" ? 1.25 * step : 0);
}
function outlines() {
  const { x, y, of } = layer.rings;
  const found = Array.from({ length: contents.n_units }, () => []);
  let at = 0;
  arrays.ring_sizes.forEach((size, r) => {
    const hole = arrays.ring_holes[r] === 1;
    let turn = 0;
    const ring = [];
    for (let j = at; j < at + size; j += 1) {
      if (j > at) turn += x[j - 1] * y[j] - x[j] * y[j - 1];
      ring.push(degreesOf(x[j], y[j]));
    }
    at += size;
    if (size < 4 || turn === 0) return;
    if (turn < 0 === hole) ring.reverse(); // RFC 7946: outlines run against the clock; y grows downwards
    if (hole) found[of[r]].at(-1)?.push(ring);
    else found[of[r]].push([ring]);
  });
  return found.map((coordinates) => (coordinates.length ? { type: "MultiPolygon", coordinates } : null));
}
function cellOutline(i) {
  const [x, y] = layer.middle(i);
  const high = contents.map.height / contents.map.rows;
  const corner = (across, down) => degreesOf(x + across / 2, y + (down * high) / 2);
  return { type: "Polygon", coordinates: [[corner(-1, 1), corner(1, 1), corner(1, -1), corner(-1, -1), corner(-1, 1)]] };
}
function geometries() {
  if (contents.map.kind === "vector") return outlines();
  return Array.from({ length: contents.n_units }, (_, i) => {
    if (contents.map.cells) return cellOutline(i);
    const middle = layer.middle(i);
    return middle && { type: "Point", coordinates: degreesOf(...middle) };
  });
}
function portfolioMap(k) {
  const shapes = geometries();
  const regions = contents.units.regions;
  const about = { portfolio: portfolios[k].name, accuracy_m: Number(mapAccuracy().toPrecision(2)) };
  const lines = shapes.map((geometry, i) => {
    const a = optionAt(i, k);
    const properties = { unit_id: unitId(i), area_ha: arrays.unit_area[i], intervention: interventions[a].id };
    if (regions) properties.region = regions[arrays.region[i]];
    properties[ledgers[0].name + " [" + ledgers[0].unit + "]"] = unitCost(i, a);
    return JSON.stringify({ type: "Feature", properties, geometry });
  });
  const head = '{"type":"FeatureCollection","edaphon":' + JSON.stringify(about) + ',"features":[\n';
  return [head, ...lines.flatMap((line, i) => (i ? [",\n", line] : [line])), "\n]}\n"];
}
function fileControls() {
  const [table, map, note] = ["save", "save-map", "save-note"].map(byId);
  const whole = contents.units && contents.units.exact;
  if (!whole) {
    table.remove();
    map.remove();
    note.textContent = contents.units ? "Files of every unit lie beside this page: portfolios.parquet and portfolios.gpkg." : "";
    return;
  }
  table.addEventListener("click", () => save(portfolios[state.chosen].name + ".csv", portfolioTable(state.chosen)));
  if (!layer || !contents.map.place) {
    map.remove();
    return;
  }
  map.addEventListener("click", () => save(portfolios[state.chosen].name + ".geojson", portfolioMap(state.chosen), "application/geo+json"));
  const off = number(mapAccuracy(), 1) + "\u00a0m";
  const what = contents.map.kind === "vector" ? "corners rounded by up to " + off : contents.map.cells ? "one square per cell" : "a point about the middle of every unit";
  note.textContent = "GeoJSON: longitude and latitude (WGS 84), " + what + ". The exact shapes are in portfolios.gpkg beside this page.";
}
