/*
 * The tracker: tells the collector which page is read, how far and for how long.
 *
 * It reads and writes nothing on the visitor's device: no cookie, no storage, no identifier of any kind.
 * So there is no flag in localStorage to leave oneself out with: exclusions are the server's.
 *
 * Attributes of its <script> element:
 *   data-domain           the site as the server knows it, or several between commas; default: the page's host
 *   data-api              where events go; default: /api/event on the host the script came from
 *   data-hash             what follows # is part of the page's address (hash routing)
 *   data-allow-localhost  count on localhost, in local files and in automated browsers too
 *
 * The page may call plausible(name, {props, revenue, interactive, url, callback}), before this file has arrived too:
 *   window.plausible = window.plausible || function () { (plausible.q = plausible.q || []).push(arguments) }
 *
 * Minifying drops comments and blanks and keeps names: words used twice are bytes saved on every page.
 */
(() => {
  const early = window.plausible;
  // The snippet pasted twice must not count twice; another tracker beside it may count for itself.
  if (early?.s == "sillage") return;

  const { dataset, src } = document.currentScript;
  const hash = dataset.hash == null ? 0 : 1;

  const on = (handler, ...events) => events.forEach((event) => addEventListener(event, handler));
  const isVisible = () => document.visibilityState == "visible";

  // --- Events: keys are the wire's short names, and JSON leaves out what is undefined ---

  // A text body needs no preflight, and keepalive lets the request outlive the page.
  const send = (event, callback) =>
    fetch(dataset.api || new URL("/api/event", src), {
      method: "POST",
      keepalive: true,
      credentials: "omit",
      body: JSON.stringify({ ...event, v: 1, d: dataset.domain, h: hash }),
    }).then(({ status }) => callback?.({ status }), (error) => callback?.({ error }));

  // A page without a host is a local file.
  const isIgnored = () =>
    dataset.allowLocalhost == null &&
    (/^(localhost|127(\.\d+){3}|\[::1?\]|)$/.test(location.hostname) ||
      ((navigator.webdriver || window.Cypress) && !window.__plausible));

  const track = (name, { url = location.href, props, revenue, interactive, callback } = {}) => {
    const event = !isIgnored() && { n: name, u: url, r: document.referrer, p: props, $: revenue, i: interactive };
    if (name == "pageview") read(event);
    if (event) send(event, callback);
    else callback?.();
  };

  // --- Engagement: how far down the page was seen, and how long it was in front ---

  let page, // the page view being read, if it counts
    height, // of the document, px
    depth = 0, // furthest seen, px; 0 until measured
    reported, // depth last sent, px; nothing is beyond undefined
    engaged = 0, // ms not sent yet
    since; // ms, start of the present attention; undefined without it, so that it adds nothing

  const measure = () => {
    height = document.documentElement.scrollHeight;
    depth = Math.max(depth, scrollY + innerHeight);
  };

  const report = () => {
    if (!page) return;
    if (!depth) measure();
    if (depth <= reported && engaged < 3000) return;
    send({ n: "engagement", u: page.u, p: page.p, sd: Math.round((depth / height) * 100), e: Math.round(engaged) });
    reported = depth;
    engaged = 0;
  };

  const attend = () => {
    engaged += performance.now() - since || 0;
    since = undefined;
    if (isVisible() && document.hasFocus()) since = performance.now();
    else report();
  };

  // Depth is not measured at once: right after pushState the former content still stands there.
  const read = (event) => {
    attend();
    report();
    page = event;
    depth = engaged = 0;
    reported = undefined;
  };

  // --- Page views ---

  let address;

  const navigated = () => {
    const former = address;
    address = location.pathname + (hash ? location.hash : "");
    if (address != former) track("pageview");
  };

  // Opened in the background or prerendered, a page waits until somebody sees it.
  const start = () => {
    if (address || !isVisible()) return;
    navigated();
    const { pushState } = history;
    history.pushState = (...change) => {
      pushState.apply(history, change);
      navigated();
    };
    // A new fragment comes with popstate as well.
    on(navigated, "popstate");
    on(({ persisted }) => persisted && track("pageview"), "pageshow");
    on(measure, "scroll");
    on(attend, "visibilitychange", "focus", "blur");
    new ResizeObserver(measure).observe(document.documentElement);
  };

  window.plausible = track;
  track.l = true;
  track.s = "sillage";
  on(start, "visibilitychange");
  start();
  early?.q?.forEach((call) => track(...call));
})();
