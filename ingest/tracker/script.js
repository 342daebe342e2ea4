/*
 * The tracker: tells the collector which page is read, how far and for how long.
 *
 * It reads and writes nothing on the visitor's device: no cookie, no storage, no identifier of any kind.
 * So there is no flag in localStorage to leave oneself out with: exclusions are the server's.
 *
 * Every script that is served comes from this source. Lines between //+ and //- are left out of scripts that have none
 * of the features named there:
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
 * scripts/build-tracker minifies it into built/: run that after every change. The blocks of tag, site, module and init
 * are resolved before minifying, so they may hold any lines. In the script for tags, the other blocks stay marked and
 * are cut when the script is served (variant.py): such a block holds whole statements, and the code around it must be
 * right with and without it. let instead of const lets the minifier join declarations.
 */
//+ tag site
{
  let early = self.plausible;
  //-
  // Names of one letter are those of the wire; what has a long name there as well is passed on as the page gave it.
  //+ tag
  let script = document.currentScript;
  //-
  //+ init
  let options, d;
  //-

  // --- Events ---

  // A text body needs no preflight, and keepalive lets the request outlive the page. The callback gets the answer.
  // What is not to be counted is no event.
  let send = (event, done) =>
    event
      ? fetch(
      //+ tag
      script.dataset.api || new URL("/api/event", script.src),
      //-
      //+ init
      options.endpoint,
      //-
      { body: JSON.stringify(event), method: "POST", keepalive: 1 },
      ).then(done, (error) => done?.({ error }))
      : done?.();

  let track = (n, more) => {
    //+ module
    if (!options) throw Error("init comes before track");
    //-
    //+ init
    let custom = options.customProperties;
    //-
    // Printed by the site for its own people.
    //+ tag
    let isLeftOut = "internal" in script.dataset;
    //-
    //+ init
    let isLeftOut = options.internal;
    //-
    //+ developer
    isLeftOut = isLeftOut ||
      //+ init
      !options.captureOnLocalhost && (
      //-
      !self.__plausible && (self.Cypress || navigator.webdriver) ||
      // A page without a host is a local file; one in brackets is an address.
      /^\[|^(localhost|127[.\d]+|)$/.test(location.hostname)
      //+ init
      )
      //-
      ;
    //-
    //+ exclusions
    let { include, exclude } = script.dataset;
    isLeftOut = isLeftOut || n == "pageview" && (include && !isAmong(include) || exclude && isAmong(exclude));
    //-
    // JSON leaves out functions, and what is undefined.
    let event = isLeftOut ? 0 : {
      //+ tag
      d: script.dataset.domain,
      u: more?.url || location.href,
      //-
      r: document.referrer,
      n,
      //+ tag
      ...more,
      //-
      //+ init
      d,
      u: more?.u || more?.url || location.href,
      p: { ...(custom?.call ? custom(n) : custom), ...more?.props },
      $: more?.revenue,
      i: more?.interactive,
      h: options.hashBasedRouting ? 1 : 0,
      //-
    };
    // Setting a property of 0 has no effect.
    //+ hash
    event.h = 1;
    //-
    //+ pageview-props
    event.p = { ...common, ...more?.props };
    //-
    //+ init
    if (event && options.transformRequest) event = options.transformRequest(event);
    if (!event && options.logging) console.warn("Not counted:", n);
    //-
    "pageview" == n && attend(event);
    send(event, more?.callback);
  };

  // --- Engagement: how far down the page was seen, and how long it was in front ---

  let engaged, // ms not sent yet
    page, // the page view being read, if it counts
    deepest, // seen so far, px; 0 until measured
    since, // epoch ms, start of the present attention; false without it
    height, // of the document, px
    reported, // deepest when last sent, px; 0 before, and what is measured is more
    address; // its path

  let measure = () => {
    let bottom = scrollY + innerHeight;
    deepest = deepest > bottom ? deepest : bottom;
    height = document.documentElement.scrollHeight;
  };

  // Depth is not measured at once: right after pushState the former content still stands there.
  let attend = (view = page) => {
    let now = +new Date;
    engaged += since && now - since;
    since = document.hasFocus() && !document.hidden && now;
    page && (page != view || !since) && (deepest || measure(), engaged >= 3000 || deepest > reported) && (
      send({ ...page, sd: deepest * 100 / height + .5 | 0, e: engaged, n: "engagement" }),
      engaged = 0,
      reported = deepest
    );
    if (page != view)
      reported = deepest = engaged = 0,
      page = view;
  };

  // Called by the browser, or without an event where the address may have changed.
  let notice = (signal) => {
    attend();
    //+ auto
    let here = location.pathname;
    //+ hash
    here += location.hash;
    //-
    //+ init
    if (options.hashBasedRouting) here += location.hash;
    //-
    //+ init
    if (!options.autoCapturePageviews) return;
    //-
    // Opened in the background or prerendered, a page waits until somebody sees it. It is a view of its own when it
    // comes back whole, from where the browser keeps pages to go back to. New fragments come with popstate.
    if (!document.hidden && (address && signal ? signal.persisted : here != address))
      address = here,
      track("pageview");
    //-
  };

  //+ compat
  script = script || document.getElementById("plausible");
  //-

  //+ exclusions
  // * is any text within one part of a path, ** any text.
  let isAmong = (patterns) => {
    let path = location.pathname;
    //+ hash
    path += location.hash;
    //-
    return patterns.split(",").some((pattern) => {
      let literal = pattern.trim().replace(/[.+?^${}()|[\]\\]/g, "\\$&");
      return RegExp("^" + literal.replace(/\*+/g, (stars) => (stars[1] ? ".*" : "[^\\s/]*")) + "/?$").test(path);
    });
  };

  //-
  //+ pageview-props
  let common = {};
  for (let attribute of script.attributes)
    if (/^event-/.test(attribute.name)) common[attribute.name.slice(6)] = attribute.value;

  //-
  //+ clicks
  // --- Clicks and forms ---

  //+ file-downloads
  let endings =
    "pdf xlsx docx txt rtf csv exe key pps ppt pptx 7z pkg rar gz zip avi mov mp4 mpeg wmv midi mp3 wav wma dmg".split(" ");
  //+ tag
  let attributeList = (attribute) => script.getAttribute(attribute)?.split(/[\s,]+/);
  endings = attributeList("file-types") || endings.concat(attributeList("add-file-types"));
  //-

  //-
  let act = (event) => {
    // Of a mouse's other buttons, only the middle one opens links.
    if (event.button > 1) return;
    let isForm = event.type == "submit";
    let origin = event.target;
    let link = origin.closest?.("a[href]");
    //+ tagged-events
    // The element and three around it. + stands for a blank, which no class can hold; -- for = where that is refused.
    let element = origin;
    for (let steps = 4; element && steps--; element = element.parentElement) {
      let tags = { event: {}, revenue: {} };
      element.classList?.forEach((word) => {
        word.replace(/^plausible-(event|revenue)-(.+?)(=|--)(.+)/, (all, kind, key, sign, value) => {
          tags[kind][key] = value.replaceAll("+", " ");
        });
      });
      let { name, ...props } = tags.event;
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
  let init = (settings) => {
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
    addEventListener("popstate", () => notice());
    new ResizeObserver(measure).observe(document.documentElement);
    addEventListener("scroll", measure);
    track.t = ["focus", "pageshow", "blur", "visibilitychange"].map((each) => addEventListener(each, notice));
    //+ clicks
    // Capturing: a page that stops an event on its way down is heard all the same.
    ["click", "auxclick", "submit"].map((event) => addEventListener(event, act, true));
    //-
    //+ auto
    let push = history.pushState;
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
