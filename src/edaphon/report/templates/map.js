// ---- the map ---------------------------------------------------------------------------
const canvas = byId("map");
function placement(margin = 4) {
  const { width, height } = contents.map;
  const scale = Math.min((canvas.width - 2 * margin) / width, (canvas.height - 2 * margin) / height);
  return {
    scale,
    left: (canvas.width - width * scale) / 2,
    top: (canvas.height - height * scale) / 2,
  };
}
const optionAt = (i, k) => arrays.allocation[i * nPortfolios + k];
function optionColors() {
  return interventions.map((option, a) => (a === 0 ? css("--land") : option.color));
}
function shareColor(share) {
  const from = rgb(css("--land"));
  const to = rgb(interventions.length > 1 ? "#0072b2" : css("--land"));
  return from.map((low, c) => Math.round(low + (to[c] - low) * Math.min(Math.max(share, 0), 1)));
}
function rgb(color) {
  const hex = color.replace("#", "");
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
}
function vectorMap() {
  const x = cumulate(arrays.map_x);
  const y = cumulate(arrays.map_y);
  const rings = cumulate(arrays.ring_units);
  const paths = Array.from({ length: contents.n_units }, () => new Path2D());
  const boxes = Array.from({ length: contents.n_units }, () => [1e9, 1e9, -1e9, -1e9]);
  let at = 0;
  arrays.ring_sizes.forEach((size, ring) => {
    const path = paths[rings[ring]];
    const box = boxes[rings[ring]];
    for (let j = 0; j < size; j += 1, at += 1) {
      if (j === 0) path.moveTo(x[at], y[at]);
      else path.lineTo(x[at], y[at]);
      box[0] = Math.min(box[0], x[at]);
      box[1] = Math.min(box[1], y[at]);
      box[2] = Math.max(box[2], x[at]);
      box[3] = Math.max(box[3], y[at]);
    }
    path.closePath();
  });
  drawMap = () => {
    const dots = fitCanvas(canvas, contents.map.height / contents.map.width, 580);
    const pen = canvas.getContext("2d");
    const { scale, left, top } = placement();
    const colors = optionColors();
    pen.setTransform(scale, 0, 0, scale, left, top);
    pen.lineJoin = "round";
    pen.lineWidth = (0.7 * dots) / scale;
    pen.strokeStyle = css("--panel");
    for (let i = 0; i < paths.length; i += 1) {
      pen.fillStyle = colors[optionAt(i, state.chosen)];
      pen.fill(paths[i], "evenodd");
      pen.stroke(paths[i]);
    }
    if (state.hover >= 0) {
      pen.lineWidth = (2.5 * dots) / scale;
      pen.strokeStyle = css("--ink");
      pen.stroke(paths[state.hover]);
    }
    pen.setTransform(1, 0, 0, 1, 0, 0);
    drawScale(pen, scale, dots);
  };
  unitAt = (px, py) => {
    const { scale, left, top } = placement();
    const mx = (px - left) / scale;
    const my = (py - top) / scale;
    const pen = canvas.getContext("2d");
    return paths.findIndex((path, i) => {
      const box = boxes[i];
      if (mx < box[0] || mx > box[2] || my < box[1] || my > box[3]) return false;
      return pen.isPointInPath(path, mx, my, "evenodd");
    });
  };
}
function rasterMap() {
  const { columns, rows } = contents.map;
  const units = cumulate(arrays.map_units);
  const sheet = document.createElement("canvas");
  sheet.width = columns;
  sheet.height = rows;
  const paint = sheet.getContext("2d");
  const image = paint.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const word = (c) => ((255 << 24) | (c[2] << 16) | (c[1] << 8) | c[0]) >>> 0;
  drawMap = () => {
    const dots = fitCanvas(canvas, contents.map.height / contents.map.width, 580);
    const pen = canvas.getContext("2d");
    const regional = contents.map.regions;
    const shares = regional && regional.map((name, r) => regionShare(r, state.chosen));
    const colors = regional ? shares.map(shareColor).map(word) : optionColors().map(rgb).map(word);
    const look = regional ? (i) => i : (i) => optionAt(i, state.chosen);
    for (let p = 0; p < units.length; p += 1) pixels[p] = units[p] < 0 ? 0 : colors[look(units[p])];
    paint.putImageData(image, 0, 0);
    const { scale, left, top } = placement();
    pen.imageSmoothingEnabled = scale * dots < 1;
    pen.drawImage(sheet, left, top, contents.map.width * scale, contents.map.height * scale);
    drawScale(pen, scale, dots);
  };
  unitAt = (px, py) => {
    const { scale, left, top } = placement();
    const column = Math.floor((px - left) / scale);
    const row = Math.floor(((py - top) / scale / contents.map.height) * rows);
    if (column < 0 || row < 0 || column >= columns || row >= rows) return -1;
    return units[row * columns + column];
  };
}
function regionShare(r, k) {
  return arrays.region_share[k * contents.map.regions.length + r];
}
function drawScale(pen, scale, dots) {
  const metersPerDot = contents.map.meters / (contents.map.width * scale);
  const most = (canvas.width / 4) * metersPerDot;
  const base = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((n) => n * base).find((n) => n <= most) || base;
  const wide = length / metersPerDot;
  const x = 6 * dots;
  const y = canvas.height - 8 * dots;
  const text = length >= 1000 ? number(length / 1000) + " km" : number(length) + " m";
  pen.font = 12 * dots + "px system-ui, sans-serif";
  const plate = Math.max(wide, pen.measureText(text).width);
  pen.globalAlpha = 0.78;
  pen.fillStyle = css("--panel");
  pen.fillRect(x - 4 * dots, y - 22 * dots, plate + 8 * dots, 28 * dots);
  pen.globalAlpha = 1;
  pen.strokeStyle = css("--ink");
  pen.fillStyle = css("--ink");
  pen.lineWidth = 1.5 * dots;
  pen.beginPath();
  pen.moveTo(x, y - 4 * dots);
  pen.lineTo(x, y);
  pen.lineTo(x + wide, y);
  pen.lineTo(x + wide, y - 4 * dots);
  pen.stroke();
  pen.fillText(text, x, y - 8 * dots);
}
function mapHash() {
  const pen = canvas.getContext("2d");
  const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  let hash = 2166136261;
  for (let i = 0; i < data.length; i += 1) hash = Math.imul(hash ^ data[i], 16777619);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

// ---- the hovered unit ------------------------------------------------------------------
const tip = byId("tip");
let ids = null;
function unitEffect(i, a, f) {
  const nFeatures = features.length;
  if (contents.units.effects === "factored") {
    let effect = (arrays.answering || arrays.stock)[i * nFeatures + f] * arrays.ratio[(arrays.stratum[i] * nOptions + a) * nFeatures + f];
    const terms = contents.units.terms || 0;
    for (let k = 0; k < terms; k += 1) {
      effect += arrays.response[i * terms + k] * arrays.brought[(k * nOptions + a) * nFeatures + f];
    }
    return effect;
  }
  return arrays.effects[(i * nOptions + a) * nFeatures + f];
}
function unitCost(i, a) {
  const cost = contents.units.cost[a];
  return typeof cost === "number" ? cost * arrays.unit_area[i] : arrays[cost][i];
}
function unitLines(i) {
  const a = optionAt(i, state.chosen);
  const lines = [["area", number(arrays.unit_area[i]) + " ha"]];
  if (contents.units.regions) lines.unshift(["region", contents.units.regions[arrays.region[i]]]);
  if (a > 0) lines.push([ledgers[0].name, number(unitCost(i, a)) + " " + ledgers[0].unit]);
  features.forEach((feature, f) => {
    if (contents.units.effects === "factored" && !feature.relative) {
      const today = arrays.stock[i * features.length + f] / arrays.unit_area[i];
      lines.push([feature.name + " today", number(today) + " " + feature.unit + "/ha"]);
    }
    if (a > 0 && contents.units.effects) {
      const change = unitEffect(i, a, f);
      const text = feature.relative ? number(change / arrays.unit_area[i]) + " %" : number(change) + " " + feature.unit;
      lines.push([feature.name + " change", (change > 0 ? "+" : "") + text]);
    }
  });
  return [unitId(i), capital(interventions[a].name), lines];
}
function unitId(i) {
  ids = ids || new TextDecoder().decode(arrays.ids).split("\n");
  return ids[i];
}
function regionLines(r) {
  const share = percent(regionShare(r, state.chosen));
  return [contents.map.regions[r], "", [["of its area treated", share]]];
}
function showTip(event) {
  const dots = canvas.width / canvas.clientWidth;
  const found = unitAt(event.offsetX * dots, event.offsetY * dots);
  if (found !== state.hover) {
    state.hover = found;
    if (contents.map.kind === "vector") drawMap();
    tip.hidden = found < 0;
    if (found >= 0) {
      const [title, sub, lines] = contents.units ? unitLines(found) : regionLines(found);
      tip.replaceChildren(make("strong", {}, title));
      if (sub) tip.append(make("div", {}, sub));
      for (const [name, text] of lines) {
        tip.append(make("div", { class: "row" }, make("span", {}, name), make("span", {}, text)));
      }
    }
  }
  const right = event.offsetX > canvas.clientWidth / 2;
  tip.style.left = right ? "" : event.offsetX + 16 + "px";
  tip.style.right = right ? canvas.clientWidth - event.offsetX + 16 + "px" : "";
  const below = event.offsetY < canvas.clientHeight / 2;
  tip.style.top = below ? event.offsetY + 12 + "px" : "";
  tip.style.bottom = below ? "" : canvas.clientHeight - event.offsetY + 12 + "px";
}
function hideTip() {
  tip.hidden = true;
  if (state.hover >= 0) {
    state.hover = -1;
    drawMap();
  }
}
