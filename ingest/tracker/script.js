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
 *   top         leaves out pages in a frame; the word `frames` in a name takes it out, and plausible.init has an option
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
 * Nothing it does throws an error on the page. Each function that the browser or the page calls catches its own, and
 * a failed request only reaches the callback. Two exceptions: an error in the page's callback is the page's, and init and
 * track of the module throw if they are called in the wrong order. With document.currentScript null (a script in a
 * module, a bundle or a shadow tree), the script for tags counts nothing: use the script of a site, or `compat`.
 *
 * scripts/build-tracker minifies it into built/: run that after every change. The blocks of tag, site, module and init
 * are resolved before minifying, so they may hold any lines. In the script for tags, the other blocks stay marked and
 * are cut when the script is served (variant.py): such a block holds whole statements, and the code around it must be
 * right with and without it. let instead of const lets the minifier join declarations.
 */
//+ tag site
try {
  //-
  // --- The page being read: how far down it was seen, and how long it was in front ---

  let engaged, // ms not sent yet
    page, // the page view being read, if it counts
    deepest, // seen so far, px; 0 until measured
    height, // of the document, px
    since, // epoch ms, start of the present attention; false without it
    address, // its path
    reported; // deepest when last sent, px; 0 before, and what is measured is more

  // Names of one letter are those of the wire; what has a long name there as well is passed on as the page gave it.
  let root = document.documentElement;
  //+ tag
  let script = document.currentScript;
  //-
  //+ init
  let options, d;
  //-

  // --- Events ---

  // A text body needs no preflight, and keepalive lets the request outlive the page. The callback gets the answer or the
  // error; what it throws itself is the page's own error. What is not to be counted is no event.
  let send = (event, done) =>
    event
      ? fetch(
      //+ tag
      script.dataset.api || new URL("/api/event", script.src),
      //-
      //+ init
      options.endpoint,
      //-
      { body: JSON.stringify(event), method: "post", keepalive: 1 },
      )
        .catch((error) => ({ error }))
        .then(done)
      : done();

  let measure = () => {
    height = root.scrollHeight;
    let bottom = scrollY + innerHeight;
    deepest = deepest > bottom ? deepest : bottom;
  };

  let track = (n, more) => {
    //+ module
    if (!options) throw Error("init comes before track");
    //-
    try {
      //+ init
      let custom = options.customProperties;
      //-
      // JSON leaves out functions, and what is undefined.
      let event = {
        //+ tag
        u: more?.url || location.href,
        d: script.dataset.domain,
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
      //+ hash
      event.h = 1;
      //-
      //+ pageview-props
      event.p = { ...common, ...more?.props };
      //-
      //+ tag
      // Printed by the site for its own people.
      if ("internal" in script.dataset) event = 0;
      //-
      //+ top
      if (top != self) event = 0;
      //-
      // A page without a host is a local file; one in brackets is an address. Cypress shows the page in a frame.
      //+ developer
      if (
        //+ init
        !options.captureOnLocalhost && (
        //-
        /^\[|^(|localhost|127[.\d]+)$/.test(location.hostname) || !self.__plausible && navigator.webdriver
        //+ init
        )
        //-
      ) event = 0;
      //-
      //+ exclusions
      let { include, exclude } = script.dataset;
      if (n == "pageview" && (include && !isAmong(include) || exclude && isAmong(exclude))) event = 0;
      //-
      //+ init
      if (options.internal || !options.captureInFrames && top != self) event = 0;
      if (event && options.transformRequest) event = options.transformRequest(event);
      if (!event && options.logging) console.warn("Not counted:", n);
      //-
      if ("pageview" == n)
        notice(1),
        reported = deepest = engaged = 0,
        page = event;
      send(event, more?.callback);
    } catch {}
  };

  // Called with an event of the browser, without one where the address may have changed, or with 1 before another page
  // is read. Depth is not measured at once: right after pushState the former content still stands there.
  let notice = (signal, now = +new Date) => {
    try {
      engaged += since && now - since;
      since = document.hasFocus() && !document.hidden && now;
      page && (signal == 1 || !since) && (deepest || measure(), engaged >= 3000 || deepest > reported) && (
        send({ ...page, n: "engagement", sd: .5 + 100 * deepest / height | 0, e: engaged }),
        reported = deepest,
        engaged = 0
      );
      // Opened in the background or prerendered, a page waits until somebody sees it. It is a view of its own when it
      // comes back whole, from where the browser keeps pages to go back to.
      //+ hash
      if (!document.hidden && route != (route = fragment())) signal = { persisted: 1 };
      //-
      //+ init
      let here = location.pathname;
      if (options.hashBasedRouting) here += location.hash.split("?")[0];
      if (options.autoCapturePageviews && !document.hidden && (address != (address = here) || signal?.persisted))
        track("pageview");
      //-
      //+ tag
      //+ auto
      if (!document.hidden && (address != (address = location.pathname) || signal?.persisted)) track("pageview");
      //-
      //-
    } catch {}
  };

  // A query behind the # is not part of the page.
  //+ hash
  let route, fragment = () => location.hash.split("?")[0];
  //-
  //+ compat
  script = script || document.getElementById("plausible");
  //-

  //+ exclusions
  // * is any text within one part of a path, ** any text.
  let isAmong = (patterns) => {
    let path = location.pathname;
    //+ hash
    path += fragment();
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
    "pdf|xlsx|docx|txt|rtf|csv|exe|key|pps|ppt|pptx|7z|pkg|rar|gz|zip|avi|mov|mp4|mpeg|wmv|midi|mp3|wav|wma|dmg";
  //+ tag
  endings = (script.getAttribute("file-types") || endings + "|" + script.getAttribute("add-file-types"))
    .replace(/[\s,]+/g, "|");
  //-

  //-
  let act = (event) => {
    try {
      // Of a mouse's other buttons, only the middle one opens links.
      if (event.button > 1) return;
      // A form's own are hidden by fields of the same names.
      let { matches } = Element.prototype;
      let isForm = event.type == "submit";
      // From the innermost element that can be seen: a closed shadow root hides what is in it.
      let path = event.composedPath().filter((node) => node instanceof Element);
      let link = path.find((element) => matches.call(element, ":any-link"));
      // In SVG, href is an object that holds the address as it is written.
      link &&= new URL(link.href.baseVal ?? link.href, document.baseURI);
      //+ tagged-events
      // The element and three around it. + stands for a blank, which no class can hold; -- for = where that is refused.
      for (let element of path.slice(0, 4)) {
        let tags = { event: {}, revenue: {} };
        element.classList.forEach((word) =>
          word.replace(
            /^plausible-(event|revenue)-(.+?)(=|--)(.+)/,
            (all, kind, key, sign, value) => (tags[kind][key] = value.replaceAll("+", " ")),
          )
        );
        let { name, ...props } = tags.event;
        if (name && isForm == matches.call(element, "form")) {
          if (link) props.url = link.href;
          return track(name, { props, revenue: tags.revenue.amount && tags.revenue });
        }
      }
      //-
      //+ form-submissions
      if (
        isForm &&
        options.formSubmissions &&
        (event.submitter || matches.call(path[0], "[novalidate],:valid")) &&
        // Only closes the dialog around it. The button that is pressed may say otherwise.
        !/dialog/i.test(event.submitter?.formMethod || Element.prototype.getAttribute.call(path[0], "method"))
      )
        track("Form: Submission");
      //-
      if (!link || isForm) return;
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
        RegExp("\\.(" + endings + ")$", "i").test(link.pathname)
      )
        track("File Download", { props: { url: link.href.split("?")[0] } });
      //-
    } catch {}
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
    try {
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
      endings = [options.fileDownloads?.fileExtensions || endings].join().replaceAll(",", "|");
      track.s = options.lib || "web";
      track.v = 1;
      track.l = true;
      track.init = init;
  //-
  // The snippet pasted twice must not count twice; another tracker beside it may count for itself.
  //+ tag
  if (!self.plausible?.t) {
  //-
    new ResizeObserver(measure).observe(root);
    addEventListener("scroll", measure);
    track.t = ["visibilitychange", "pageshow", "popstate", "blur", "focus"].map((each) => addEventListener(each, notice));
    //+ clicks
    // Capturing: a page that stops an event on its way down is heard all the same.
    ["click", "auxclick", "submit"].map((event) => addEventListener(event, act, true));
    //-
    //+ auto
    let push = history.pushState;
    // In a module, assigning to a frozen object throws.
    //+ module
    Reflect.set(history, "pushState", (...each) => notice(push.call(history, ...each)));
    //-
    //+ tag site
    history.pushState = (...each) => notice(push.call(history, ...each)); // which returns nothing
    //-
    notice();
    //-
    //+ tag site
    self.plausible?.q?.map((each) => track(...each));
    self.plausible = track;
    //-
    //+ module
    if (options.bindToWindow) Reflect.set(self, "plausible", track);
    //-
    // Last: not every browser has it, and a page may have a variable of that name. It hears replaceState and links that a
    // router intercepts; where it is missing, the next of the other events finds the new path.
    navigation.addEventListener("currententrychange", notice);
    //+ init
    } catch {}
    //-
  };
  //+ site
  if (!self.plausible?.t)
    if (self.plausible?.o) init(self.plausible.o);
    else (self.plausible ||= {}).init = init;
  //-
//+ tag site
} catch {}
//-
//+ module
export { init as "init", track as "track" };
//-
