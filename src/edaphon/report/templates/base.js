const contents = JSON.parse(document.getElementById("contents").textContent);
const { objectives, interventions, features, ledgers, portfolios } = contents;
const byId = (id) => document.getElementById(id);
const nOptions = interventions.length;
const nPortfolios = portfolios.length;
const onFront = portfolios.map((p, k) => k).filter((k) => portfolios[k].kind === "front");
const state = { chosen: -1, other: 0, view: "portfolio", beside: false, x: 0, y: 0, hover: -1, brushes: {} };
let arrays = {};

// ---- numbers as people read them -------------------------------------------------------
function number(value, digits = 3) {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const text = value.toLocaleString("en-US", { maximumSignificantDigits: digits });
  return text.replace("-", "−");
}
function percent(share) {
  if (share === null || !Number.isFinite(share)) return "–";
  if (share !== 0 && Math.abs(share) < 1e-4) return "< 0.01 %";
  return number(100 * share, 2) + "\u00a0%";
}
function large(value) {
  const size = Math.abs(value);
  if (size >= 1e9) return number(value / 1e9) + "\u00a0billion";
  if (size >= 1e6) return number(value / 1e6) + "\u00a0million";
  return number(value);
}
const atMost = (gap) => percent(Math.max(gap, 1e-4));
const factor = (objective) => objective.factor;
const unitOf = (objective) => objective.unit;
const shareOfWhat = (objective) => objective.ofWhat;
function shown(objective, value, digits = 3) {
  return number(value === null ? null : value * factor(objective), digits);
}
const plus = (objective, value) => (objective.change && value > 0 ? "+" : "");
const withUnit = (objective, value) => (plus(objective, value) + shown(objective, value) + "\u00a0" + unitOf(objective)).trim();
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const isCost = (objective) => objective.sense === "minimize";
const titleOf = (p) =>
  p.kind === "baseline" ? (p.area > 0 ? "only what is locked in" : "do nothing new") : p.kind === "policy" ? "present policy" : p.name;
const labelOf = (p) => (!p.label || p.label === p.name ? (p.kind === "front" ? p.name : capital(titleOf(p))) : capital(p.label));

// ---- elements --------------------------------------------------------------------------
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}
function svg(tag, attributes = {}, text = null) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== null) node.textContent = text;
  return node;
}
// A spreadsheet runs what begins like a formula; `edaphon adopt` takes the apostrophe off again.
function cell(text) {
  const safe = /^[=+\-@\t]/.test(text) ? "'" + text : text;
  return /[",]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}
function save(name, parts, type = "text/csv") {
  const address = URL.createObjectURL(new Blob([parts].flat(), { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// ---- light, dark, paper ------------------------------------------------------------------
// Canvases hold the colors that they were painted with, so they are painted again for paper.
function themes(redraw) {
  const root = document.documentElement;
  const choice = byId("theme");
  const set = (name) => {
    if (name === "auto") delete root.dataset.theme;
    else root.dataset.theme = name;
    redraw();
  };
  choice.addEventListener("change", () => set(choice.value));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((d) => { d.open = true; });
    set("light");
  });
  window.addEventListener("afterprint", () => set(choice.value));
}

// ---- canvases --------------------------------------------------------------------------
function fitCanvas(node, ratio, maxHeight) {
  const wide = node.parentElement.clientWidth || 600;
  const high = Math.min(wide * ratio, maxHeight);
  const dots = Math.min(window.devicePixelRatio || 1, 2);
  node.style.height = high + "px";
  node.width = Math.round(wide * dots);
  node.height = Math.round(high * dots);
  return dots;
}

// ---- packed arrays ---------------------------------------------------------------------
async function unpack() {
  const text = atob(byId("block").textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const found = {};
  for (const [name, [kind, offset, size, steps]] of Object.entries(contents.arrays)) {
    const values = new globalThis[kind + "Array"](buffer, offset, size);
    found[name] = steps ? Float32Array.from(values, (code) => steps[code]) : values;
  }
  return found;
}
function cumulate(deltas) {
  const sums = new Int32Array(deltas.length);
  let sum = 0;
  for (let i = 0; i < deltas.length; i += 1) sums[i] = sum += deltas[i];
  return sums;
}
