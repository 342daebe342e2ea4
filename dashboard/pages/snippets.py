"""The lines people paste: the script tag and its kin, WordPress, and a first-party proxy in nginx and Caddy.

The proxy lines keep no log of the paths, and pass on the visitor's address but none of the site's cookies, save the
one of browsers that opted out: what a web server writes down itself, Sillage can't take back.
"""

from html import escape
from urllib.parse import urlsplit

from schema.opt_out import COOKIE

SCRIPT_PATH = "/js/script.js"
EVENT_PATH = "/api/event"  # and, below it, the pages of schema.opt_out


def script_tag(domain: str, base_url: str) -> str:
    """Return the tag that loads the script from this server."""
    return f'<script defer data-domain="{escape(domain)}" src="{escape(base_url)}{SCRIPT_PATH}"></script>'


def proxied_script_tag(domain: str) -> str:
    """Return the tag that loads the script through the site's own web server."""
    return f'<script defer data-domain="{escape(domain)}" data-api="{EVENT_PATH}" src="{SCRIPT_PATH}"></script>'


def pinned_script_tag(domain: str, base_url: str, *, integrity: str) -> str:
    """Return the tag that loads the script only while it is what it was, byte for byte."""
    return (
        f'<script defer data-domain="{escape(domain)}" src="{escape(base_url)}{SCRIPT_PATH}" '
        f'integrity="{escape(integrity)}" crossorigin="anonymous"></script>'
    )


def site_script(script_id: str, base_url: str) -> str:
    """Return the tags that load the site's own script and set it up."""
    return f"""\
<script async src="{escape(base_url)}/js/pa-{script_id}.js"></script>
<script>
  window.plausible = window.plausible || function () {{ (plausible.q = plausible.q || []).push(arguments) }};
  plausible.init = plausible.init || function (options) {{ plausible.o = options || {{}} }};
  plausible.init({{ outboundLinks: true, fileDownloads: true, formSubmissions: true }});
</script>
"""


def pixel(domain: str, base_url: str) -> str:
    """Return the image that counts a page without JavaScript. Browsers tell it the whole address only when asked to."""
    return (
        f'<noscript><img src="{escape(base_url)}/api/pixel.gif?d={escape(domain)}" alt="" width="1" height="1" '
        f'referrerpolicy="no-referrer-when-downgrade"></noscript>'
    )


def wordpress(domain: str, base_url: str) -> str:
    """Return lines for functions.php of a theme. Who may write posts is one of the site's own people, and not counted.

    script_loader_tag is used for the attribute because every WordPress since 4.1 has it.
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


def nginx(base_url: str) -> str:
    """Return locations for the `server` block of the site."""
    places = (f"= {SCRIPT_PATH}", f"= {EVENT_PATH}", f"^~ {EVENT_PATH}/")
    return "\n".join(_nginx_location(place, base_url) for place in places)


def caddy(base_url: str) -> str:
    """Return lines for the block of the site in the Caddyfile. Caddy before 2.8 calls log_skip skip_log."""
    # Caddy keeps the Host of the request; a TLS server behind it is chosen by its own name.
    host = "" if base_url.startswith("http://") else "    header_up Host {upstream_hostport}\n"
    return f"""\
@sillage path {SCRIPT_PATH} {EVENT_PATH} {EVENT_PATH}/*
log_skip @sillage
reverse_proxy @sillage {base_url} {{
{host}    header_up X-Forwarded-For {{remote_host}}
    header_up Cookie "{COOKIE}={{http.request.cookie.{COOKIE}}}"
}}
"""


def _nginx_location(place: str, base_url: str) -> str:
    return f"""\
location {place} {{
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
    # A TLS server is chosen by its own name, in the handshake and in Host.
    return f"    proxy_ssl_server_name on;\n    proxy_set_header Host {parts.netloc};\n"
