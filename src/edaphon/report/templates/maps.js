// ---- maps: what is drawn where, whatever the colors --------------------------------------
const mapView = { zoom: 1, x: 0.5, y: 0.5 };
const mostZoom = 24;
let layer = null;
const hex = (color) => {
  const digits = color.replace("#", "");
  const full = digits.length === 3 ? [...digits].map((d) => d + d).join("") : digits;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
};
const word = (c) => ((255 << 24) | (c[2] << 16) | (c[1] << 8) | c[0]) >>> 0;
const optionColors = () => interventions.map((option, a) => (a === 0 ? css("--land") : option.color));
// a page of very many units holds the maps of some portfolios only
const columns = portfolios.map((p, k) => p.map ?? k);
const nColumns = Math.max(0, ...columns.map((column) => column + 1));
const mapped = (k) => !contents.units || columns[k] >= 0;
const optionAt = (i, k) => arrays.allocation[i * nColumns + columns[k]];
function blend(share) {
  const [from, to] = [hex(css("--land")), hex("#0072b2")];
  return from.map((low, c) => Math.round(low + (to[c] - low) * Math.min(Math.max(share, 0), 1)));
}
function placement(node, margin = 4) {
  const { width, height } = contents.map;
  const scale = mapView.zoom * Math.min((node.width - 2 * margin) / width, (node.height - 2 * margin) / height);
  return { scale, left: node.width / 2 - mapView.x * width * scale, top: node.height / 2 - mapView.y * height * scale };
}
function vectorLayer() {
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
  return {
    paint(node, view, hover) {
      const dots = fitCanvas(node, contents.map.height / contents.map.width, 580);
      const pen = node.getContext("2d");
      const { scale, left, top } = placement(node);
      const colors = view.palette.map((c) => "rgb(" + c.join(",") + ")");
      pen.setTransform(scale, 0, 0, scale, left, top);
      pen.lineJoin = "round";
      pen.lineWidth = (0.7 * dots) / scale;
      pen.strokeStyle = css("--panel");
      for (let i = 0; i < paths.length; i += 1) {
        pen.fillStyle = colors[view.look(i)];
        pen.fill(paths[i], "evenodd");
        pen.stroke(paths[i]);
      }
      if (hover >= 0) {
        pen.lineWidth = (2.5 * dots) / scale;
        pen.strokeStyle = css("--ink");
        pen.stroke(paths[hover]);
      }
      pen.setTransform(1, 0, 0, 1, 0, 0);
      drawScale(node, pen, scale, dots);
    },
    at(node, px, py) {
      const { scale, left, top } = placement(node);
      const mx = (px - left) / scale;
      const my = (py - top) / scale;
      const pen = node.getContext("2d");
      return paths.findIndex((path, i) => {
        const box = boxes[i];
        if (mx < box[0] || mx > box[2] || my < box[1] || my > box[3]) return false;
        return pen.isPointInPath(path, mx, my, "evenodd");
      });
    },
    middle: (i) => [(boxes[i][0] + boxes[i][2]) / 2, (boxes[i][1] + boxes[i][3]) / 2],
    rings: { x, y, of: rings },
  };
}
function rasterLayer() {
  const { columns: wide, rows } = contents.map;
  const units = cumulate(arrays.map_units);
  const sheet = document.createElement("canvas");
  sheet.width = wide;
  sheet.height = rows;
  const paint = sheet.getContext("2d");
  const image = paint.createImageData(wide, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const high = contents.map.height;
  let middles = null;
  function findMiddles() {
    const sums = { x: new Float64Array(contents.n_units), y: new Float64Array(contents.n_units), n: new Float64Array(contents.n_units) };
    for (let p = 0; p < units.length; p += 1) {
      if (units[p] < 0) continue;
      sums.x[units[p]] += (p % wide) + 0.5;
      sums.y[units[p]] += Math.floor(p / wide) + 0.5;
      sums.n[units[p]] += 1;
    }
    return sums;
  }
  return {
    paint(node, view) {
      const dots = fitCanvas(node, high / contents.map.width, 580);
      const pen = node.getContext("2d");
      const colors = view.palette.map(word);
      for (let p = 0; p < units.length; p += 1) pixels[p] = units[p] < 0 ? 0 : colors[view.look(units[p])];
      paint.putImageData(image, 0, 0);
      const { scale, left, top } = placement(node);
      pen.imageSmoothingEnabled = scale * dots < 1;
      pen.drawImage(sheet, left, top, contents.map.width * scale, high * scale);
      drawScale(node, pen, scale, dots);
    },
    at(node, px, py) {
      const { scale, left, top } = placement(node);
      const column = Math.floor((px - left) / scale);
      const row = Math.floor(((py - top) / scale / high) * rows);
      if (column < 0 || row < 0 || column >= wide || row >= rows) return -1;
      return units[row * wide + column];
    },
    middle(i) {
      middles = middles || findMiddles();
      const { x, y, n } = middles;
      return n[i] ? [x[i] / n[i], (y[i] / n[i] / rows) * high] : null;
    },
  };
}
function makeLayer() {
  if (!contents.map) return null;
  return contents.map.kind === "vector" ? vectorLayer() : rasterLayer();
}
function drawScale(node, pen, scale, dots) {
  const metersPerDot = contents.map.meters / (contents.map.width * scale);
  const most = (node.width / 4) * metersPerDot;
  const base = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((n) => n * base).find((n) => n <= most) || base;
  const wide = length / metersPerDot;
  const x = 6 * dots;
  const y = node.height - 8 * dots;
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

// ---- zoom and pan, the same for all maps of the page --------------------------------------
// (px, py): the place of the canvas that stays where it is; the middle without one
function zoomBy(step, redraw, node = null, px = 0, py = 0) {
  const before = mapView.zoom;
  mapView.zoom = Math.min(Math.max(before * step, 1), mostZoom);
  document.documentElement.classList.toggle("zoomed", mapView.zoom > 1);
  if (!node) return moveBy(0, 0, redraw);
  const { scale } = placement(node);
  const [fromX, fromY] = [px - node.width / 2, py - node.height / 2].map((v) => v * (mapView.zoom / before - 1));
  return moveBy(fromX / (scale * contents.map.width), fromY / (scale * contents.map.height), redraw);
}
function moveBy(dx, dy, redraw) {
  const room = 0.5 / mapView.zoom;
  const within = (v) => Math.min(Math.max(v, room), 1 - room);
  mapView.x = within(mapView.x + dx);
  mapView.y = within(mapView.y + dy);
  redraw();
}
function resetView(redraw) {
  Object.assign(mapView, { zoom: 1, x: 0.5, y: 0.5 });
  zoomBy(1, redraw);
}
function zoomButtons(host, redraw) {
  const button = (label, name, act) => {
    const made = make("button", { type: "button", "aria-label": name, title: name }, label);
    made.addEventListener("click", act);
    return made;
  };
  host.append(
    button("+", "Zoom in", () => zoomBy(1.6, redraw)),
    button("−", "Zoom out", () => zoomBy(1 / 1.6, redraw)),
    button("⤢", "Whole map", () => resetView(redraw)),
  );
}
function viewKeys(event, redraw) {
  const pan = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
  if (event.key === "+" || event.key === "-") zoomBy(event.key === "+" ? 1.6 : 1 / 1.6, redraw);
  else if (event.key === "0") resetView(redraw);
  else if (pan && event.shiftKey) moveBy((0.2 * pan[0]) / mapView.zoom, (0.2 * pan[1]) / mapView.zoom, redraw);
  else return false;
  event.preventDefault();
  return true;
}
// a unit reached by key comes into view
function bringIntoView(node, [x, y], redraw) {
  const { scale, left, top } = placement(node);
  const [px, py] = [left + x * scale, top + y * scale];
  if (px > 0 && py > 0 && px < node.width && py < node.height) return;
  moveBy(x / contents.map.width - mapView.x, y / contents.map.height - mapView.y, redraw);
}
// one pointer drags the map, two pinch it
function dragging(node, redraw) {
  const down = new Map();
  const dotsOf = () => node.width / node.clientWidth;
  const spread = ([one, other]) => Math.hypot(one[0] - other[0], one[1] - other[1]);
  node.addEventListener("pointerdown", (event) => {
    down.set(event.pointerId, [event.clientX, event.clientY]);
  });
  node.addEventListener("pointermove", (event) => {
    const from = down.get(event.pointerId);
    if (!from || !event.buttons) return;
    const before = [...down.values()];
    down.set(event.pointerId, [event.clientX, event.clientY]);
    const dots = dotsOf();
    if (before.length === 2) {
      const now = [...down.values()];
      const box = node.getBoundingClientRect();
      const middle = [(now[0][0] + now[1][0]) / 2 - box.left, (now[0][1] + now[1][1]) / 2 - box.top];
      zoomBy(spread(now) / Math.max(spread(before), 1), redraw, node, middle[0] * dots, middle[1] * dots);
    } else if (before.length === 1 && mapView.zoom > 1) {
      const { scale } = placement(node);
      moveBy(((from[0] - event.clientX) * dots) / (scale * contents.map.width), ((from[1] - event.clientY) * dots) / (scale * contents.map.height), redraw);
    }
  });
  for (const over of ["pointerup", "pointercancel", "pointerleave"]) node.addEventListener(over, (event) => down.delete(event.pointerId));
  node.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomBy(event.deltaY < 0 ? 1.25 : 0.8, redraw, node, event.offsetX * dotsOf(), event.offsetY * dotsOf());
  }, { passive: false });
}

// ---- the tip beside the pointer or the chosen unit ----------------------------------------
function fillTip(tip, [title, sub, lines]) {
  tip.replaceChildren(make("strong", {}, title));
  if (sub) tip.append(make("div", {}, sub));
  for (const [name, text] of lines) {
    if (text === undefined) tip.append(make("div", { class: "why" }, name));
    else tip.append(make("div", { class: "row" }, make("span", {}, name), make("span", {}, text)));
  }
}
function placeTip(tip, node, x, y) {
  const right = x > node.clientWidth / 2;
  tip.style.left = right ? "" : x + 16 + "px";
  tip.style.right = right ? node.clientWidth - x + 16 + "px" : "";
  const below = y < node.clientHeight / 2;
  tip.style.top = below ? y + 12 + "px" : "";
  tip.style.bottom = below ? "" : node.clientHeight - y + 12 + "px";
}
function mapHashOf(node) {
  const data = node.getContext("2d").getImageData(0, 0, node.width, node.height).data;
  let hash = 2166136261;
  for (let i = 0; i < data.length; i += 1) hash = Math.imul(hash ^ data[i], 16777619);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
