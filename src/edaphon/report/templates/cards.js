// ---- the page of the cards alone ---------------------------------------------------------
async function start() {
  if (typeof DecompressionStream === "undefined") return;
  arrays = await unpack();
  const draw = () => document.querySelectorAll("canvas.pairs").forEach(pairsPlot);
  draw();
  window.addEventListener("resize", () => requestAnimationFrame(draw));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  document.documentElement.dataset.ready = "yes";
}
start();
