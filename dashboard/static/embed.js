// Gives frames with a report of Sillage the height of their content: <iframe data-sillage src="..."></iframe>.
// Without it, a frame keeps the height of its attribute. A frame is asked for its height, and only its own answer counts.
(() => {
  const LOWEST = 100;
  const HIGHEST = 20000;
  const originOf = (frame) => new URL(frame.src, location.href).origin;
  const frames = () => [...document.querySelectorAll("iframe[data-sillage]")];
  const ask = (frame) => frame.contentWindow?.postMessage("sillage-height", originOf(frame));

  addEventListener("message", (event) => {
    const frame = frames().find((one) => one.contentWindow === event.source);
    if (!frame || event.origin !== originOf(frame)) return;
    const height = event.data?.sillageHeight;
    if (Number.isInteger(height)) frame.style.height = `${Math.min(Math.max(height, LOWEST), HIGHEST)}px`;
  });

  const start = () => {
    for (const frame of frames()) {
      // After every page in the frame.
      frame.addEventListener("load", () => ask(frame));
      ask(frame);
    }
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
