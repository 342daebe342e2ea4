// Makes open pages comfortable: links of a report replace only what changes, a card follows the chart, menus close,
// lists filter while typing, snippets copy. Every page works without it.
const page = document;

// Links within a report: fetch the same URL and replace the parts that differ. A newer click cancels an older one.
let loading;

const partsOf = (root) => new Map([...root.querySelectorAll("[data-part][id]")].map((part) => [part.id, part]));

// isRefresh: nobody clicked, so an open menu and the focus stay.
const replaceParts = (next, isRefresh) => {
  const focused = page.activeElement;
  const home = focused.closest("[data-part]")?.id;
  const old = partsOf(page);
  const fresh = partsOf(next);
  const isAlike = [...old.keys()].join() === [...fresh.keys()].join();
  if (!isAlike) page.querySelector("main").replaceWith(page.importNode(next.querySelector("main"), true));
  for (const [id, part] of fresh) {
    const before = old.get(id);
    if (!before?.isConnected || (isRefresh && before.querySelector("details[open]"))) continue;
    if (before.outerHTML !== part.outerHTML) before.replaceWith(page.importNode(part, true));
  }
  page.title = next.title;
  if (!isRefresh || focused.isConnected) return;
  const links = page.getElementById(home)?.querySelectorAll("a[href]") ?? [];
  [...links].find((link) => link.href === focused.href)?.focus({ preventScroll: true });
};

const visit = async (url, isBack) => {
  loading?.abort();
  loading = new AbortController();
  page.body.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(url, { signal: loading.signal, headers: { Accept: "text/html" } });
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    if (response.redirected || !next.querySelector("main [data-part]")) return location.assign(url);
    replaceParts(next);
    if (!isBack) history.pushState(null, "", url);
    page.body.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  }
};

// After a click, focus stays on the same link. Where that is gone: on the new chip, the form for filters, or the menu.
const focusLike = (link, part) => {
  const same = [...(page.getElementById(part) ?? page).querySelectorAll("a[href]")].find(
    (other) => other.textContent === link.textContent,
  );
  const menu = link.closest("details[id]");
  const others = link.matches(".row") ? ".chip:last-of-type a" : menu ? `#${menu.id} > summary` : ".chip-add";
  (menu ? page.querySelector(others) : (same ?? page.querySelector(others)))?.focus({ preventScroll: true });
};

page.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (!link || link.hasAttribute("download") || !page.querySelector("main [data-part]")) return;
  const url = new URL(link.href.baseVal ?? link.href, location.href);
  if (url.origin !== location.origin || url.pathname !== location.pathname || url.search === location.search) return;
  event.preventDefault();
  const part = link.closest("[data-part]")?.id;
  visit(url.href).then(() => focusLike(link, part));
});
if (page.querySelector("main [data-part]")) addEventListener("popstate", () => visit(location.href, true));
addEventListener("pagehide", () => loading?.abort());

// The card of the chart: at the pointer, the tapped and the focused point. Arrow keys go from point to point.
const card = page.createElement("div");
card.className = "chart-card";

const showCard = (point) => {
  const box = point.closest(".chart-box");
  const lines = [point.dataset.when, point.dataset.before, point.dataset.change, point.dataset.mark];
  const strong = page.createElement("strong");
  strong.textContent = point.dataset.number;
  card.replaceChildren(strong, lines.filter(Boolean).join(" · "));
  box.append(card);
  const frame = box.getBoundingClientRect();
  const dot = point.querySelector(".chart-dot").getBoundingClientRect();
  const left = Math.min(Math.max(dot.x - frame.x + 16, 0), frame.width - card.offsetWidth);
  const isOver = dot.x - frame.x + 16 > left;
  const style = new CSSStyleSheet();
  const x = isOver ? Math.max(dot.x - frame.x - card.offsetWidth - 8, 0) : left;
  style.replaceSync(`.chart-card { transform: translateX(${Math.round(x)}px) }`);
  page.adoptedStyleSheets = [style];
};

const pointOf = (event) => event.target.closest?.(".chart-point[data-when]");
page.addEventListener("pointerover", (event) => {
  const point = pointOf(event);
  if (point) showCard(point);
  else if (!event.target.closest?.(".chart-box")) card.remove();
});
page.addEventListener("focusin", (event) => {
  const point = pointOf(event);
  if (point) showCard(point);
  else card.remove();
});
page.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const point = pointOf(event);
  if (!step || !point) return;
  const points = [...point.parentNode.querySelectorAll(".chart-point[tabindex]")];
  const next = points[points.indexOf(point) + step];
  if (!next) return;
  point.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
  event.preventDefault();
});

// Menus close by a click elsewhere and by Escape.
const closeMenus = (except) => {
  for (const menu of page.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
};
page.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
page.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = page.activeElement.closest("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
});

// A search field filters the links of a list.
page.addEventListener("input", (event) => {
  const list = page.getElementById(event.target.dataset?.filters);
  const words = event.target.value.trim().toLowerCase();
  for (const link of list?.children ?? []) link.hidden = !link.textContent.toLowerCase().includes(words);
});

// Live visitors, and the first hit of a new site.
const counter = () => page.querySelector("[data-current-visitors]");
const refresh = async () => {
  const live = counter();
  if (page.hidden) return;
  try {
    const response = await fetch(live.dataset.currentVisitors, { redirect: "error" });
    if (!response.ok) return;
    const answer = await response.json();
    if ("waiting" in live.dataset) {
      if (!answer.is_waiting) location.reload();
    } else {
      counter().querySelector("strong").textContent = answer.visitors;
    }
  } catch {
    // The server is restarting, or the session ended: retry in the next round.
  }
};
if (counter()) setInterval(refresh, "waiting" in counter().dataset ? 3000 : 30000);

// A page of the present asks for itself again and again. While the server is away, it keeps its numbers and says so.
const renew = async () => {
  const url = location.href;
  let isFresh = false;
  if (page.hidden) return;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10000), headers: { Accept: "text/html" } });
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    if (url !== location.href || page.body.hasAttribute("aria-busy")) return;
    if (response.redirected) return location.reload();
    isFresh = next.querySelector("[data-refresh]") !== null;
    if (isFresh) replaceParts(next, true);
  } catch {
    // The server is away: the next round may reach it.
  }
  const present = page.querySelector("[data-refresh]");
  present.classList.toggle("stale", !isFresh);
  present.querySelector("[data-stale]").hidden = isFresh;
};
const refreshed = page.querySelector("[data-refresh]");
if (refreshed) {
  setInterval(renew, 1000 * refreshed.dataset.refresh);
  page.addEventListener("visibilitychange", renew);
}

// In a frame of another site: tell the page around it the height, once it has asked (embed.js).
if (parent !== window) {
  let host;
  const report = () => {
    if (host) parent.postMessage({ sillageHeight: page.documentElement.offsetHeight }, host);
  };
  addEventListener("message", (event) => {
    if (event.source !== parent || event.data !== "sillage-height") return;
    host = event.origin;
    report();
  });
  new ResizeObserver(report).observe(page.body);
}

for (const snippet of navigator.clipboard ? page.querySelectorAll(".snippet") : []) {
  const button = page.createElement("button");
  button.type = "button";
  button.className = "button button-small copy";
  button.textContent = page.body.dataset.copy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(snippet.textContent);
    button.textContent = page.body.dataset.copied;
  });
  snippet.after(button);
}
