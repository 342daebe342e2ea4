"""Snippets to paste: script tags, WordPress code, and first-party proxies for nginx, Caddy and Traefik.

The proxy snippets do not log the paths, because Sillage cannot erase another server's log. They forward the visitor's
address and the opt-out cookie, but no other cookie of the site.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlsplit

from dashboard.language import later
from schema.privacy.opt_out import COOKIE
from schema.sites.host import ascii_host, host_of_domain

SCRIPT_PATH = "/js/script.js"
EVENT_PATH = "/api/event"  # and, below it, the pages of schema.privacy.opt_out


def script_tag(domain: str, base_url: str) -> str:
    """Return the tag that loads the script from this server."""
    return f'<script defer data-domain="{escape(domain)}" src="{escape(base_url)}{SCRIPT_PATH}"></script>'


def proxied_script_tag(domain: str) -> str:
    """Return the tag that loads the script through the site's own web server."""
    return f'<script defer data-domain="{escape(domain)}" data-api="{EVENT_PATH}" src="{SCRIPT_PATH}"></script>'


def pinned_script_tag(domain: str, base_url: str, *, integrity: str) -> str:
    """Return the tag that loads the script only if its content has not changed."""
    return (
        f'<script defer data-domain="{escape(domain)}" src="{escape(base_url)}{SCRIPT_PATH}" '
        f'integrity="{escape(integrity)}" crossorigin="anonymous"></script>'
    )


def site_script(script_id: str, base_url: str) -> str:
    """Return the tags that load and configure the site's own script."""
    return f"""\
<script async src="{escape(base_url)}/js/pa-{script_id}.js"></script>
<script>
  window.plausible = window.plausible || function () {{ (plausible.q = plausible.q || []).push(arguments) }};
  plausible.init = plausible.init || function (options) {{ plausible.o = options || {{}} }};
  plausible.init({{ outboundLinks: true, fileDownloads: true, formSubmissions: true }});
</script>
"""


def pixel(domain: str, base_url: str) -> str:
    """Return the image that counts a page without JavaScript. Its referrer policy makes browsers send the full URL."""
    source = f"{escape(base_url)}/api/pixel.gif?d={quote(domain, safe='/:')}"
    return (
        f'<noscript><img src="{source}" alt="" width="1" height="1" '
        f'referrerpolicy="no-referrer-when-downgrade"></noscript>'
    )


def proxied_pixel(domain: str) -> str:
    """Return the image that counts a page without JavaScript, through the site's own web server.

    Browsers send the opt-out cookie with it, which they never do with an image on another host.
    """
    source = f"{EVENT_PATH}/pixel.gif?d={quote(domain, safe='/:')}"
    return f'<noscript><img src="{source}" alt="" width="1" height="1"></noscript>'


def wordpress(domain: str, base_url: str) -> str:
    """Return code for functions.php of a theme. Users who can write posts are staff, and are not counted.

    The filter script_loader_tag sets the attribute because every WordPress since 4.1 has it.
    """
    return f"""\
add_action( 'wp_enqueue_scripts', function () {{
    wp_enqueue_script( 'sillage', '{base_url}{SCRIPT_PATH}', array(), null, array( 'strategy' => 'defer' ) );
}} );

add_filter( 'script_loader_tag', function ( $tag, $handle ) {{
    $own = current_user_can( 'edit_posts' ) ? ' data-internal' : '';
    return 'sillage' === $handle ? str_replace( ' src=', ' data-domain="{domain}"' . $own . ' src=', $tag ) : $tag;
}}, 10, 2 );
"""


def nginx(_domain: str, base_url: str) -> str:
    """Return locations for the `server` block of the site."""
    locations = (f"= {SCRIPT_PATH}", f"= {EVENT_PATH}", f"^~ {EVENT_PATH}/")
    return "\n".join(_nginx_location(location, base_url) for location in locations)


def caddy(_domain: str, base_url: str) -> str:
    """Return lines for the site's block in the Caddyfile. Caddy adds the visitor's address by default."""
    # Caddy forwards the Host of the request, but a TLS server needs its own name.
    host = "" if base_url.startswith("http://") else "        header_up Host {upstream_hostport}\n"
    return f"""\
@sillage path {SCRIPT_PATH} {EVENT_PATH} {EVENT_PATH}/*
log_skip @sillage
handle @sillage {{
    reverse_proxy {base_url} {{
{host}        header_up Cookie "{COOKIE}={{http.request.cookie.{COOKIE}}}"
    }}
}}
"""


def traefik(domain: str, base_url: str) -> str:
    """Return dynamic configuration in YAML. Traefik adds the visitor's address and forwards all cookies."""
    host = ascii_host(host_of_domain(domain))
    hosts = f"(Host(`{host}`) || Host(`www.{host}`))"
    paths = f"(Path(`{SCRIPT_PATH}`) || Path(`{EVENT_PATH}`) || PathPrefix(`{EVENT_PATH}/`))"
    return f"""\
http:
  routers:
    sillage:
      rule: "{hosts} && {paths}"
      entryPoints: [websecure]
      tls: {{}}
      service: sillage
      observability:
        accessLogs: false
  services:
    sillage:
      loadBalancer:
        passHostHeader: {"true" if base_url.startswith("http://") else "false"}
        servers:
          - url: "{base_url}"
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A web server that forwards the paths to Sillage."""

    name: str
    place: str  # where to paste its lines; for gettext
    lines: Callable[[str, str], str]  # takes a site's domain and the base URL
    behind_another: str  # makes it trust a proxy in front of it


PROXIES = {
    "nginx": Proxy(
        "nginx",
        later("Inside the server block of the site:"),
        nginx,
        "set_real_ip_from 203.0.113.1;  # address of that proxy\n"
        "real_ip_header X-Forwarded-For;\n"
        "real_ip_recursive on;\n",
    ),
    "caddy": Proxy(
        "Caddy",
        later("Inside the block of the site (before Caddy 2.8, log_skip is called skip_log):"),
        caddy,
        "{\n"
        "    servers {\n"
        "        trusted_proxies static 203.0.113.1  # address of that proxy; add it to Sillage's trusted_proxies too\n"
        "    }\n"
        "}\n",
    ),
    "traefik": Proxy(
        "Traefik",
        later("In a file of dynamic configuration (before Traefik 3.2, without observability):"),
        traefik,
        "entryPoints:\n"
        "  websecure:\n"
        "    forwardedHeaders:\n"
        '      trustedIPs: ["203.0.113.1"]  # address of that proxy; add it to Sillage\'s trusted_proxies too\n',
    ),
}


def _nginx_location(location: str, base_url: str) -> str:
    return f"""\
location {location} {{
    access_log off;
    error_log /dev/null;
    proxy_pass {base_url};
{_nginx_host(base_url)}    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Host $host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Cookie "{COOKIE}=$cookie_{COOKIE}";
}}
"""


def _nginx_host(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme == "http":
        return "    proxy_set_header Host $host;\n"
    # A TLS server needs its own name, in the handshake and in Host.
    return f"    proxy_ssl_server_name on;\n    proxy_set_header Host {parts.netloc};\n"
