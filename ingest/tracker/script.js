/*
 * The tracker: tells the collector which page is read, how far and for how long.
 *
 * It reads and writes nothing on the visitor's device: no cookie, no storage, no identifier of any kind.
 * So there is no flag in localStorage to leave oneself out with: exclusions are the server's.
 *
 * Every script that is served is made of this source (variant.py). Lines between //+ and //- are left out of scripts
 * that have none of the features named there:
 *
 *   tag         set up by attributes of its <script> element
 *   site        made for one site, with its settings in it, and set up by plausible.init
 *   module      an ES module that exports init and track
 *   init        either of the two, with all that only init can ask for
 *   auto        page views are sent by themselves
 *   developer   leaves out developers at work and automated browsers
 *   clicks      the events that come from clicks and forms, of which these are kinds:
 *   tagged-events, outbound-links, file-downloads, form-submissions
 *   exclusions, pageview-props, hash, compat
 *               what these words bring in names such as script.hash.exclusions.js
 *
 * Attributes of the <script> element:
 *   data-domain           the site as the server knows it, or several between commas; default: the page's host
 *   data-api              where events go; default: /api/event on the host the script came from
 *   data-hash             what follows # is part of the page's address (hash routing)
 *   data-allow-localhost  count on localhost, in local files and in automated browsers too
 *   data-include, data-exclude         with `exclusions`: patterns of paths, between commas
 *   file-types, add-file-types         with `file-downloads`: endings, between commas
 *   event-<property>                   with `pageview-props`: goes with every event
 *
 * The page may call plausible(name, {props, revenue, interactive, url, callback}), before this file has arrived too:
 *   window.plausible = window.plausible || function () { (plausible.q = plausible.q || []).push(arguments) }
 *
 * What const, let and arrow functions declare gets a shorter name. So no property may bear such a name, and the colon
 * of ?: has a blank before it, by which it is told from the colon after a key.
 */
//+ tag site
(() => {
  const early = window.plausible;
  // The snippet pasted twice must not count twice; another tracker beside it may count for itself.
  if (early?.sillage) return;
  //-

  // Names of one letter are those of the wire: d the site, h whether fragments are pages, and those of `track`.
  //+ tag
  let script = document.currentScript;
  //+ compat
  script ||= document.getElementById("plausible");
  //-
  const given = script.dataset;
  const d = given.domain;
  const collector = given.api || new URL("/api/event", script.src);
  let h = given.hash == null ? 0 : 1;
  //+ hash
  h = 1;
  //-
  //-
  //+ init
  let options, d, collector, h;
  //-

  const path = () => location.pathname + (h ? location.hash : "");

  // --- Events ---

  // A text body needs no preflight, and keepalive lets the request outlive the page.
  const send = (event, done) =>
    fetch(collector, { method: "POST", keepalive: true, credentials: "omit", body: JSON.stringify(event) })
      .then(({ status }) => ({ status }), (failure) => ({ error: failure }))
      .then(done);

  //+ developer
  // A page without a host is a local file.
  const isDeveloper = () =>
    //+ tag
    given.allowLocalhost == null &&
    //-
    //+ init
    !options.captureOnLocalhost &&
    //-
    (/^(localhost|127(\.\d+){3}|\[::1?])?$/.test(location.hostname) ||
      ((navigator.webdriver || window.Cypress) && !window.__plausible));

  //-
  //+ exclusions
  // * is any text within one part of a path, ** any text.
  const isAmong = (patterns) =>
    patterns.split(",").some((pattern) => {
      const literal = pattern.trim().replace(/[.+?^${}()|[\]\\]/g, "\\$&");
      return RegExp("^" + literal.replace(/\*+/g, (stars) => (stars[1] ? ".*" : "[^\\s/]*")) + "/?$").test(path());
    });

  //-
  //+ pageview-props
  const common = {};
  for (const attribute of script.attributes)
    if (/^event-/.test(attribute.name)) common[attribute.name.slice(6)] = attribute.value;

  //-
  const track = (n, { url = location.href, u = url, props: p, revenue: $, interactive: i, callback } = {}) => {
    //+ module
    if (!options) throw Error("init comes before track");
    //-
    //+ pageview-props
    p = { ...common, ...p };
    //-
    //+ init
    const custom = options.customProperties;
    p = { ...(custom?.call ? custom(n) : custom), ...p };
    //-
    // JSON leaves out what is undefined.
    let event = { n, u, r: document.referrer, d, p, $, i, h };
    //+ developer
    if (isDeveloper()) event = 0;
    //-
    //+ exclusions
    if (n == "pageview" && ((given.include && !isAmong(given.include)) || (given.exclude && isAmong(given.exclude))))
      event = 0;
    //-
    //+ init
    if (event && options.transformRequest) event = options.transformRequest(event);
    if (!event && options.logging) console.warn("Not counted:", n);
    //-
    if (n == "pageview") attend(event);
    event ? send(event, callback) : callback?.();
  };

  // --- Engagement: how far down the page was seen, and how long it was in front ---

  let page, // the page view being read, if it counts
    address, // its path
    height, // of the document, px
    deepest, // seen so far, px; 0 until measured
    reported, // deepest when last sent, px; nothing is beyond undefined
    engaged, // ms not sent yet
    since; // ms, start of the present attention; undefined without it, so that it adds nothing

  const measure = () => {
    height = document.documentElement.scrollHeight;
    deepest = Math.max(deepest, scrollY + innerHeight);
  };

  // Depth is not measured at once: right after pushState the former content still stands there.
  const attend = (next = page) => {
    const now = performance.now();
    engaged += now - since || 0;
    since = document.hidden || !document.hasFocus() ? undefined : now;
    if (page && (next != page || !since)) {
      deepest || measure();
      if (!(deepest <= reported && engaged < 3000)) {
        send({ ...page, n: "engagement", $: undefined, sd: Math.round((deepest / height) * 100), e: Math.round(engaged) });
        reported = deepest;
        engaged = 0;
      }
    }
    if (next != page) {
      page = next;
      deepest = engaged = 0;
      reported = undefined;
    }
  };

  const notice = ({ type, persisted }) => {
    attend();
    //+ auto
    //+ init
    if (!options.autoCapturePageviews) return;
    //-
    // Opened in the background or prerendered, a page waits until somebody sees it. It is a view of its own when it
    // comes back whole, from where the browser keeps pages to go back to. New fragments come with popstate.
    if (!document.hidden && (!address || persisted || (type == "popstate" && address != path()))) {
      address = path();
      track("pageview");
    }
    //-
  };

  //+ clicks
  // --- Clicks and forms ---

  //+ file-downloads
  let endings = "pdf xlsx docx txt rtf csv exe key pps ppt pptx 7z pkg rar gz zip avi mov mp4 mpeg wmv midi mp3 wav wma dmg";
  endings = endings.split(" ");
  //+ tag
  const attributeList = (attribute) => script.getAttribute(attribute)?.split(/[\s,]+/);
  endings = attributeList("file-types") || endings.concat(attributeList("add-file-types"));
  //-

  //-
  const act = ({ type, button, target }) => {
    // Of a mouse's other buttons, only the middle one opens links.
    if (button > 1) return;
    const isForm = type == "submit";
    const link = target.closest?.("a[href]");
    //+ tagged-events
    // The element and three around it. + stands for a blank, which no class can hold; -- for = where that is refused.
    let element = target;
    for (let steps = 4; element && steps--; element = element.parentElement) {
      const tags = { event: {}, revenue: {} };
      element.classList?.forEach((word) => {
        word.replace(/^plausible-(event|revenue)-(.+?)(=|--)(.+)/, (all, kind, key, sign, value) => {
          tags[kind][key] = value.replaceAll("+", " ");
        });
      });
      const { name, ...props } = tags.event;
      if (name && isForm == element.matches("form")) {
        if (link) props.url = link.href;
        return track(name, { props, revenue: tags.revenue.amount && tags.revenue });
      }
    }
    //-
    //+ form-submissions
    if (isForm && options.formSubmissions && target.matches("[novalidate],:valid")) track("Form: Submission");
    //-
    if (!link) return;
    //+ outbound-links
    if (
      //+ init
      options.outboundLinks &&
      //-
      link.host &&
      link.host != location.host
    )
      return track("Outbound Link: Click", { props: { url: link.href } });
    //-
    //+ file-downloads
    if (
      //+ init
      options.fileDownloads &&
      //-
      endings.includes(link.pathname.split(".").pop())
    )
      track("File Download", { props: { url: link.href.split("?")[0] } });
    //-
  };

  //-
  // --- The start ---

  // Capturing: a page that stops an event on its way down is heard all the same.
  const on = (events, handler) => events.split(" ").map((event) => addEventListener(event, handler, true));

  //+ init
  const init = (settings) => {
    //+ module
    if (options) throw Error("init comes once");
    if (!settings?.domain) throw Error("init needs a domain");
    //-
    //+ site
    if (options) return console.warn("init comes once");
    //-
    options = {
      autoCapturePageviews: true,
      logging: true,
      //+ site
      ...SITE,
      //-
      //+ module
      endpoint: new URL("/api/event", import.meta.url),
      lib: "npm",
      bindToWindow: true,
      //-
      ...settings,
    };
    collector = options.endpoint;
    h = options.hashBasedRouting ? 1 : 0;
    //+ module
    d = options.domain;
    //-
    //+ site
    d = SITE.domain;
    //-
    endings = options.fileDownloads?.fileExtensions || endings;
    track.s = options.lib || "web";
    track.v = 1;
    track.init = init;
    //+ module
    if (options.bindToWindow)
    //-
  //-
    window.plausible = track;
    track.l = track.sillage = true;
    on("scroll", measure);
    on("popstate pageshow visibilitychange focus blur", notice);
    new ResizeObserver(measure).observe(document.documentElement);
    //+ clicks
    on("click auxclick submit", act);
    //-
    //+ auto
    const push = history.pushState;
    history.pushState = (...change) => {
      push.apply(history, change);
      notice({ type: "popstate" });
    };
    notice({});
    //-
    //+ tag site
    early?.q?.map((call) => track(...call));
    //-
  //+ init
  };
  //-
  //+ site
  if (early?.o) init(early.o);
  else (window.plausible ||= {}).init = init;
  //-
//+ tag site
})();
//-
//+ module
export { init as "init", track as "track" };
//-
