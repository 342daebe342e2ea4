// Refreshes an open page, closes menus and copies snippets. Every page works without it.
(() => {
  "use strict";

  const live = document.querySelector("[data-current-visitors]");

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(live.dataset.currentVisitors, { redirect: "error" });
      if (!response.ok) return;
      const answer = await response.json();
      if ("waiting" in live.dataset) {
        if (!answer.is_waiting) location.reload();
      } else {
        live.querySelector("strong").textContent = answer.visitors;
      }
    } catch {
      // The server is restarting, or the session ended: retry in the next round.
    }
  };

  if (live) setInterval(refresh, "waiting" in live.dataset ? 3000 : 30000);

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement.closest("details.menu[open]");
    closeMenus();
    menu?.querySelector("summary").focus();
  });

  if (!navigator.clipboard) return;
  for (const snippet of document.querySelectorAll(".snippet")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(snippet.textContent);
      button.textContent = "Copied";
    });
    snippet.after(button);
  }
})();
