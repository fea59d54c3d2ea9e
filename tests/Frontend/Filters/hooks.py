"""A hook (MTA Hooks over HTTP) of the tests. usage: hooks.py PORT [CERTIFICATE KEY]
The path /fail/STAGE/KIND makes it fail at a stage. Else the message's field X-Hook has its answer, and at the other stages the name in
HELO, or the local part of the address, says what it decides. GET / gives the requests so far, and forgets them."""
import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOCK = threading.Lock()
REQUESTS = []
ANSWERS = {
    "discard": {"action": "discard"},
    "refuse": {"action": "reject"},
    "reply": {"action": "reject", "response": {"status": 550, "enhancedStatus": "5.7.9", "message": "first 100% of it\nsecond"}},
    "later": {"action": "reject", "response": {"status": 451, "enhanced_status": "4.7.9", "message": "later"}},
    "leave": {"action": "reject", "response": {"status": 450, "message": "go", "disconnect": True}},
    "quarantine": {"action": "quarantine"},
}


def word_of(request):
    stage = request["context"]["stage"]
    if stage == "ehlo":
        return request["context"]["client"]["helo"].split(".")[0]
    if stage == "mail":
        return request["envelope"]["from"]["address"].split("@")[0]
    if stage == "rcpt":
        return request["envelope"]["to"][-1]["address"].split("@")[0]
    return ""


class Hook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, body, status=200, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with LOCK:
            body = json.dumps(REQUESTS).encode()
            REQUESTS.clear()
        self.answer(body)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        stage = request["context"]["stage"]
        with LOCK:
            REQUESTS.append({"request": request, "authorization": self.headers["Authorization"], "path": self.path})
        parts = self.path.split("/")
        if parts[1] == "fail" and parts[2] == stage:
            return self.fail(parts[3])
        if parts[1] == "empty":
            return self.answer(b"", 204)
        orders = [value for name, value in request.get("message", {}).get("headers", []) if name == "X-Hook"]
        answer = orders[0].encode() if orders else json.dumps(ANSWERS.get(word_of(request), {"action": "accept"})).encode()
        self.answer(answer)

    def fail(self, kind):
        if kind == "hangs":
            # Until the other side closes.
            self.connection.settimeout(60)
            self.rfile.read(1)
            self.close_connection = True
        elif kind == "error":
            self.answer(b"{}", 500)
        elif kind == "moved":
            self.answer(b"", 302, [("Location", "/")])
        elif kind == "empty":
            self.answer(b"")
        elif kind == "blank":
            self.answer(b" \r\n")
        elif kind == "lies":
            self.answer(b'{"action": "accept"')
        elif kind == "other":
            self.answer(b'["accept"]')
        elif kind == "unknown":
            self.answer(b'{"action": "explode"}')
        elif kind == "floods":
            self.answer(b'{"action": "accept", "note": "' + b"x" * 200000 + b'"}')
        elif kind == "closes":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b'{"action"')
            self.close_connection = True
        else:
            # Without any answer.
            self.close_connection = True


ThreadingHTTPServer.daemon_threads = True
server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Hook)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
