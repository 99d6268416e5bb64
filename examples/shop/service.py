"""One small service of the shop. Who it is and whom it asks stands in its environment.

NAME, VERSION    what it calls itself
ASKS             URLs that it asks for each request, separated by spaces
FAILS            if set, it answers every request with 503, but for its health
VISITS           a URL that it asks by itself, five times a second: a visitor, who serves nobody
HOST             the Host header of those visits
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME, VERSION = os.environ["NAME"], os.environ.get("VERSION", "v1")
ASKS = os.environ.get("ASKS", "").split()
FAILS = bool(os.environ.get("FAILS"))
PORT = 8080
PASSED_ON = ("x-request-id", "traceparent", "tracestate", "x-user")
"""Headers by which proxies know that a request belongs to another one, and one by which routes tell users apart."""


def ask(url, headers):
    """Return what a service answers; without an answer, why there is none: the shop goes on without it."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return {"asked": url, "status": error.code}
    except OSError as error:
        return {"asked": url, "error": str(error)}


class Handler(BaseHTTPRequestHandler):
    """Answers each GET with who answers, and what those answered whom it asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Answer, once those that it asks have."""
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        found = {"service": NAME, "version": VERSION}
        wanted = self.path != "/healthz"
        if wanted and not FAILS:
            found["answers"] = [ask(url, headers) for url in ASKS]
        body = json.dumps(found, indent=2).encode() + b"\n"
        self.send_response(503 if wanted and FAILS else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Leave access logs to the proxy."""


if __name__ == "__main__":
    if visited := os.environ.get("VISITS"):
        while True:
            ask(visited, {"Host": os.environ.get("HOST", "")})
            time.sleep(0.2)
    print(f"{NAME} {VERSION} serves on port {PORT}", file=sys.stderr, flush=True)
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
