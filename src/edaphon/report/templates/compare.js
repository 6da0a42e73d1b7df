// ---- the page of a comparison --------------------------------------------------------------
const tip = byId("tip");
const mapsOfSides = [...document.querySelectorAll("canvas.side")];
const differs = byId("difference");
let names = null;
const sideView = (k) => ({ palette: optionColors().map(hex), look: (i) => optionAt(i, k) });
function differenceView() {
  const palette = [hex(css("--faint")), hex(css("--soft")), ...optionColors().slice(1).map(hex)];
  return { palette, look: (i) => (optionAt(i, 0) === optionAt(i, state.other) ? 0 : 1 + optionAt(i, 0)) };
}
function draw() {
  mapsOfSides.forEach((node, k) => layer.paint(node, sideView(k), state.hover));
  layer.paint(differs, differenceView(), state.hover);
  byId("difference-name").textContent = "A where it differs from " + portfolios[state.other].name;
}
function point(node, event) {
  const dots = node.width / node.clientWidth;
  const found = layer.at(node, event.offsetX * dots, event.offsetY * dots);
  if (found !== state.hover) {
    state.hover = found;
    if (contents.map.kind === "vector") draw();
    tip.hidden = found < 0;
    if (found >= 0) {
      names = names || new TextDecoder().decode(arrays.ids).split("\n");
      fillTip(tip, [names[found], "", portfolios.map((p, k) => [p.name, interventions[optionAt(found, k)].name])]);
    }
  }
  node.parentElement.append(tip);
  placeTip(tip, node, event.offsetX, event.offsetY);
}
async function start() {
  if (contents.map && typeof DecompressionStream !== "undefined") {
    arrays = await unpack();
    layer = makeLayer();
    state.other = 1;
    byId("other").addEventListener("change", (event) => {
      state.other = Number(event.target.value);
      draw();
    });
    zoomButtons(byId("zoom"), draw);
    for (const node of [...mapsOfSides, differs]) {
      node.addEventListener("pointermove", (event) => point(node, event));
      node.addEventListener("pointerleave", () => {
        tip.hidden = true;
        state.hover = -1;
        draw();
      });
      dragging(node, draw);
      node.addEventListener("keydown", (event) => viewKeys(event, draw));
    }
    draw();
    window.addEventListener("resize", () => requestAnimationFrame(draw));
  }
  themes(() => layer && draw());
  window.edaphon = { state, mapHashOf, ready: true };
  document.documentElement.dataset.ready = "yes";
}
start();
