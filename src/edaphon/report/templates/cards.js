// ---- the page of the cards alone ---------------------------------------------------------
async function start() {
  if (typeof DecompressionStream === "undefined") return;
  arrays = await unpack();
  const draw = () => document.querySelectorAll("canvas.pairs").forEach(pairsPlot);
  draw();
  window.addEventListener("resize", () => requestAnimationFrame(draw));
  themes(draw);
  document.documentElement.dataset.ready = "yes";
}
start();
