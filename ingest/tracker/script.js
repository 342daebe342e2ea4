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
 *   data-internal         nothing is sent: the page says that who reads it is one of the site's own people
 *   data-include, data-exclude         with `exclusions`: patterns of paths, between commas
 *   file-types, add-file-types         with `file-downloads`: endings, between commas
 *   event-<property>                   with `pageview-props`: goes with every event
 *
 * The page may call plausible(name, {props, revenue, interactive, url, callback}), before this file has arrived too:
 *   window.plausible = window.plausible || function () { (plausible.q = plausible.q || []).push(arguments) }
 *
 * What const, let and arrow functions declare gets a shorter name, `error` excepted. So no property may bear such a
 * name, and the colon of ?: has a blank before it, by which it is told from the colon after a key. Behind an empty line
 * nothing is known of what a function before it declares for itself.
 */
//+ tag site
{
  const early = self.plausible;
  //-
  // Names of one letter are those of the wire; what has a long name there as well is passed on as the page gave it.
  //+ tag
  let script = document.currentScript;
  //+ compat
  script ||= document.getElementById("plausible");
  //-
  const given = script.dataset;
  //-
  //+ init
  let options, d;
  //-

  // --- Events ---

  // A text body needs no preflight, and keepalive lets the request outlive the page. The callback gets the answer.
  // What is not to be counted is no event.
  const send = (event, done) =>
    event
      ? fetch(
      //+ tag
      given.api || new URL("/api/event", script.src),
      //-
      //+ init
      options.endpoint,
      //-
      { method: "POST", keepalive: 1, body: JSON.stringify(event) },
      ).then(done, (error) => done?.({ error }))
      : done?.();

  //+ exclusions
  const path = () =>
    location.pathname
      //+ hash
      .concat(location.hash)
      //-
      ;

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
  const track = (n, more = {}) => {
    //+ module
    if (!options) throw Error("init comes before track");
    //-
    //+ init
    const custom = options.customProperties;
    //-
    // JSON leaves out functions, and what is undefined.
    let event =
      // Printed by the site for its own people.
      //+ tag
      "internal" in given
      //-
      //+ init
      options.internal
      //-
      //+ developer
      ||
      //+ init
      !options.captureOnLocalhost && (
      //-
      !self.__plausible && (self.Cypress || navigator.webdriver) ||
      // A page without a host is a local file; one in brackets is an address.
      /^\[|^(localhost|127[.\d]+|)$/.test(location.hostname)
      //+ init
      )
      //-
      //-
    ? 0 : {
      //+ tag
      u: more.url || location.href,
      //-
      r: document.referrer,
      //+ tag
      d: given.domain,
      //-
      n,
      //+ tag
      ...more,
      //+ hash
      h: 1,
      //-
      //+ pageview-props
      p: { ...common, ...more.props },
      //-
      //-
      //+ init
      d,
      u: more.u || more.url || location.href,
      p: { ...(custom?.call ? custom(n) : custom), ...more.props },
      $: more.revenue,
      i: more.interactive,
      h: options.hashBasedRouting ? 1 : 0,
      //-
    };
    //+ exclusions
    if (n == "pageview" && ((given.include && !isAmong(given.include)) || (given.exclude && isAmong(given.exclude))))
      event = 0;
    //-
    //+ init
    if (event && options.transformRequest) event = options.transformRequest(event);
    if (!event && options.logging) console.warn("Not counted:", n);
    //-
    "pageview" == n && attend(event);
    send(event, more.callback);
  };

  // --- Engagement: how far down the page was seen, and how long it was in front ---

  let page, // the page view being read, if it counts
    address, // its path
    since, // epoch ms, start of the present attention; false without it
    height, // of the document, px
    deepest, // seen so far, px; 0 until measured
    reported, // deepest when last sent, px; 0 before, and what is measured is more
    engaged; // ms not sent yet

  const measure = () => {
    deepest = Math.max(scrollY + innerHeight, deepest);
    height = document.documentElement.scrollHeight;
  };

  // Depth is not measured at once: right after pushState the former content still stands there.
  const attend = (view = page) => {
    const now = +new Date;
    engaged += since && now - since;
    since = !document.hidden && document.hasFocus() && now;
    page && (view != page || !since) && (deepest || measure(), engaged >= 3000 || deepest > reported) && (
      send({ ...page, e: engaged, n: "engagement", sd: deepest * 100 / height + .5 | 0 }),
      engaged = 0,
      reported = deepest
    );
    if (view != page)
      reported = deepest = engaged = 0,
      page = view;
  };

  // Called by the browser, or without an event where the address may have changed.
  const notice = (
    signal,
    //+ auto
    here = location.pathname
      //+ hash
      .concat(location.hash)
      //-
      //+ init
      .concat(options.hashBasedRouting ? location.hash : "")
      //-
    //-
  ) => {
    attend();
    //+ auto
    //+ init
    if (!options.autoCapturePageviews) return;
    //-
    // Opened in the background or prerendered, a page waits until somebody sees it. It is a view of its own when it
    // comes back whole, from where the browser keeps pages to go back to. New fragments come with popstate.
    if (!document.hidden && (address && signal ? signal.persisted : address != here))
      address = here,
      track("pageview");
    //-
  };

  //+ clicks
  // --- Clicks and forms ---

  //+ file-downloads
  let endings =
    "pdf xlsx docx txt rtf csv exe key pps ppt pptx 7z pkg rar gz zip avi mov mp4 mpeg wmv midi mp3 wav wma dmg".split(" ");
  //+ tag
  const attributeList = (attribute) => script.getAttribute(attribute)?.split(/[\s,]+/);
  endings = attributeList("file-types") || endings.concat(attributeList("add-file-types"));
  //-

  //-
  const act = (event) => {
    // Of a mouse's other buttons, only the middle one opens links.
    if (event.button > 1) return;
    const isForm = event.type == "submit";
    const origin = event.target;
    const link = origin.closest?.("a[href]");
    //+ tagged-events
    // The element and three around it. + stands for a blank, which no class can hold; -- for = where that is refused.
    let element = origin;
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
    if (isForm && options.formSubmissions && origin.matches("[novalidate],:valid")) track("Form: Submission");
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
    //+ module
    d = options.domain;
    //-
    //+ site
    d = SITE.domain;
    //-
    endings = options.fileDownloads?.fileExtensions || endings;
    track.s = options.lib || "web";
    track.v = 1;
    track.l = true;
    track.init = init;
    //+ module
    if (options.bindToWindow)
    //-
  //-
  // The snippet pasted twice must not count twice; another tracker beside it may count for itself.
  //+ tag
  if (!early?.t) {
  //-
    self.plausible = track;
    //+ auto
    const push = history.pushState;
    //-
    addEventListener("popstate", () => notice());
    new ResizeObserver(measure).observe(document.documentElement);
    addEventListener("scroll", measure);
    track.t = ["blur", "pageshow", "focus", "visibilitychange"].map((each) => addEventListener(each, notice));
    //+ clicks
    // Capturing: a page that stops an event on its way down is heard all the same.
    ["click", "auxclick", "submit"].map((event) => addEventListener(event, act, true));
    //-
    //+ auto
    history.pushState = (...each) => notice(push.call(history, ...each)); // which returns nothing
    notice();
    //-
    //+ tag site
    early?.q?.map((each) => track(...each));
    //-
  };
  //+ site
  if (!early?.t)
    if (early?.o) init(early.o);
    else (self.plausible ||= {}).init = init;
  //-
//+ tag site
}
//-
//+ module
export { init as "init", track as "track" };
//-
