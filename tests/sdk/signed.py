"""Requests built by hand, signed with SigV4, with a knob for everything that can be wrong about them."""

import datetime
import hashlib
import hmac
import json
import socket

from server import ACCESS_KEY_ID, ANSWER_SECONDS_MAX, REGION, SECRET_ACCESS_KEY


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        try:
            self.document = json.loads(body) if body else {}
        except ValueError:
            self.document = None

    @property
    def code(self):
        name = self.document.get("__type", "") if isinstance(self.document, dict) else ""
        return name.rpartition("#")[2]

    @property
    def message(self):
        return (self.document or {}).get("Message") or (self.document or {}).get("message") or ""

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


CLOSED = Answer("closed", {}, b"")


class Request:
    def __init__(self, target, document=None, body=None):
        self.body = json.dumps(document).encode() if body is None else body
        self.method, self.path = "POST", "/"
        self.headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"Timestream_20181101.{target}",
        }
        self.access_key_id, self.secret_access_key = ACCESS_KEY_ID, SECRET_ACCESS_KEY
        self.region, self.service, self.skew_s = REGION, "timestream", 0
        self.signed_names, self.payload_hash = None, None
        self.dropped, self.added_after, self.replaced = [], {}, None

    # Each of these returns the request, so that a test reads as one line.

    def with_header(self, name, text):
        self.headers[name] = text
        return self

    def with_key(self, access_key_id, secret_access_key):
        self.access_key_id, self.secret_access_key = access_key_id, secret_access_key
        return self

    def without(self, *names):
        """Removes headers after signing."""
        self.dropped.extend(names)
        return self

    def signed_headers(self, host):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.skew_s)
        stamp = moment.strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": host, "x-amz-date": stamp, **self.headers}
        names = sorted(self.signed_names or headers)
        payload_hash = self.payload_hash or hashlib.sha256(self.body).hexdigest()
        canonical = "\n".join(
            [self.method, self.path, "", *[f"{name}:{headers[name].strip()}" for name in names], "", ";".join(names), payload_hash]
        )
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret_access_key).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key_id}/{scope}, "
            f"SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        if self.replaced:
            authorization = authorization.replace(*self.replaced)
        headers["authorization"] = authorization
        headers.update(self.added_after)
        return {name: text for name, text in headers.items() if name not in self.dropped}

    def to_bytes(self, host):
        headers = self.signed_headers(host)
        head = f"{self.method} {self.path} HTTP/1.1\r\n"
        head += "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        head += f"content-length: {len(self.body)}\r\nconnection: close\r\n\r\n"
        return head.encode() + self.body

    def send(self, server, seconds=ANSWER_SECONDS_MAX):
        [first, *_] = exchange(server, self.to_bytes(f"{server.host}:{server.port}"), seconds) or [CLOSED]
        return first


def exchange(server, data, seconds):
    """Sends bytes and returns the answers until the server closes; an empty list when it closed without one."""
    received = b""
    with socket.create_connection((server.host, server.port), timeout=seconds) as connection:
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # It refused before it had read everything; its answer may still be there.
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
    return list(parse(received))


def parse(received):
    """The complete answers in these bytes; interim answers (1xx) are left out."""
    while b"\r\n\r\n" in received:
        head, _, received = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): text.strip() for name, _, text in fields}
        if headers.get("transfer-encoding") == "chunked":
            body, received = unchunk(received)
        else:
            length = int(headers.get("content-length", len(received)))
            body, received = received[:length], received[length:]
        status = int(first.split(" ")[1])
        if status >= 200:
            yield Answer(status, headers, body)


def unchunk(received):
    body = b""
    while True:
        size, _, received = received.partition(b"\r\n")
        length = int(size, 16) if size else 0
        body, received = body + received[:length], received[length + 2 :]
        if length == 0:
            return body, received
