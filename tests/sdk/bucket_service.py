"""A small service that speaks as much of the S3 protocol as one needs who writes objects, on a free loopback port."""

import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class BucketService:
    def __init__(self, buckets):
        self.buckets = set(buckets)
        self.objects = {}
        self.headers = {}
        self.uploads = {}
        self.largest_part = 0
        handler = type("Handler", (_Handler,), {"service": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service = None

    def log_message(self, *_):
        pass

    def answer(self, status, body="", headers=()):
        data = body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def place(self):
        """Bucket and key, and the query; answers itself when there is no such bucket or no signature."""
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "Credential=service-key/" not in self.headers.get("Authorization", ""):
            self.answer(403, "<Error><Code>AccessDenied</Code></Error>")
            return None
        if bucket not in self.service.buckets:
            self.answer(404, "<Error><Code>NoSuchBucket</Code></Error>")
            return None
        return f"{bucket}/{key}", parse_qs(parts.query, keep_blank_values=True)

    def do_PUT(self):
        found = self.place()
        if found is None:
            return
        path, query = found
        if "uploadId" in query:
            self.service.uploads[query["uploadId"][0]][int(query["partNumber"][0])] = self.body
            self.service.largest_part = max(self.service.largest_part, len(self.body))
        else:
            self.service.objects[path] = self.body
            self.service.headers[path] = dict(self.headers)
        self.answer(200, headers=[("ETag", f'"{uuid.uuid4().hex}"')])

    def do_POST(self):
        found = self.place()
        if found is None:
            return
        path, query = found
        if "uploads" in query:
            upload = uuid.uuid4().hex
            self.service.uploads[upload] = {}
            self.service.headers[path] = dict(self.headers)
            bucket, _, key = path.partition("/")
            self.answer(
                200,
                f"<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key>"
                f"<UploadId>{upload}</UploadId></InitiateMultipartUploadResult>",
            )
            return
        parts = self.service.uploads.pop(query["uploadId"][0])
        self.service.objects[path] = b"".join(parts[number] for number in sorted(parts))
        self.answer(200, '<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>')

    def do_DELETE(self):
        found = self.place()
        if found is None:
            return
        path, query = found
        if "uploadId" in query:
            self.service.uploads.pop(query["uploadId"][0], None)
        else:
            self.service.objects.pop(path, None)
        self.answer(204)
