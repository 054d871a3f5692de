"""What one connection carries: requests behind each other, bodies in chunks, HTTP/1.0 and HTTP/2."""

import json
import socket
import struct

from server import ANSWER_SECONDS_MAX
from signed import Request, exchange

MISSING = {"DatabaseName": "no_such_database"}


def kept_open(request, server):
    """The request as bytes, without asking that the connection be closed."""
    return request.to_bytes(f"{server.host}:{server.port}").replace(b"connection: close\r\n", b"")


def closing(request, server):
    return request.to_bytes(f"{server.host}:{server.port}")


def test_a_connection_outlives_what_the_api_refuses(server):
    requests = [
        kept_open(Request("ListDatabases", {}), server),
        kept_open(Request("DescribeDatabase", MISSING), server),
        kept_open(Request("CreateDatabase", {}), server),
        kept_open(Request("DescribeDatabase", body=b"["), server),
        kept_open(Request("Nope", {}), server),
        closing(Request("ListDatabases", {}), server),
    ]
    answers = exchange(server, b"".join(requests), ANSWER_SECONDS_MAX)
    assert [answer.status for answer in answers] == [200, 404, 400, 400, 400, 200]
    assert [answer.code for answer in answers[1:5]] == [
        "ResourceNotFoundException", "ValidationException", "SerializationException", "UnknownOperationException"
    ]
    assert len({answer.headers["x-amzn-requestid"] for answer in answers}) == 6


def test_nothing_behind_a_request_without_signature_is_read(server):
    smuggled = closing(Request("ListDatabases", {}), server)
    for first, status in [
        (kept_open(Request("ListDatabases", {}).without("authorization"), server), 403),
        (kept_open(Request("ListDatabases", {}).with_key("AKIANOBODY", "wrong"), server), 403),
        (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", 405),
        (b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n", 404),
    ]:
        [answer] = exchange(server, first + smuggled, ANSWER_SECONDS_MAX)
        assert (answer.status, answer.headers["connection"]) == (status, "close")


def test_a_body_may_come_in_chunks(server):
    request = Request("DescribeDatabase", MISSING)
    head, _, body = closing(request, server).partition(b"\r\n\r\n")
    head = head.replace(b"content-length: %d" % len(body), b"transfer-encoding: chunked")
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:1], body[1:9], body[9:]))
    [answer] = exchange(server, head + b"\r\n\r\n" + chunks + b"0\r\n\r\n", ANSWER_SECONDS_MAX)
    assert (answer.status, answer.code) == (404, "ResourceNotFoundException")


def test_http_1_0_is_answered_and_closed(server):
    request = kept_open(Request("ListDatabases", {}), server).replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)
    [answer] = exchange(server, request, ANSWER_SECONDS_MAX)
    assert answer.status == 200 and "Databases" in answer.document


# --- HTTP/2 with prior knowledge (RFC 9113), as far as two calls need it ---

DATA, HEADERS, SETTINGS, GOAWAY = 0, 1, 4, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STATUS_200 = 0x88  # The static table's entry 8, as the whole field.


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def fields(pairs):
    """Header fields as literals that no table keeps (RFC 7541, 6.2.2)."""
    text = lambda value: (bytes([len(value)]) if len(value) < 127 else b"\x7f" + varint(len(value) - 127)) + value
    return b"".join(b"\x00" + text(name.encode()) + text(value.encode()) for name, value in pairs)


def varint(number):
    encoded = b""
    while number >= 128:
        encoded += bytes([number % 128 + 128])
        number //= 128
    return encoded + bytes([number])


def call(stream, request, authority):
    headers = request.signed_headers(authority)
    del headers["host"]
    pseudo = [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", authority)]
    head = frame(HEADERS, END_HEADERS, stream, fields([*pseudo, *headers.items()]))
    return head + frame(DATA, END_STREAM, stream, request.body)


def test_http_2_carries_calls_beside_each_other(server):
    authority = f"{server.host}:{server.port}"
    calls = call(1, Request("ListDatabases", {}), authority) + call(3, Request("DescribeDatabase", MISSING), authority)
    heads, bodies, ended, received = {}, {1: b"", 3: b""}, set(), b""
    with socket.create_connection((server.host, server.port), timeout=ANSWER_SECONDS_MAX) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) + calls)
        while ended != {1, 3}:
            piece = connection.recv(65536)
            assert piece, f"closed after {heads} {bodies}"
            received += piece
            while len(received) >= 9 and len(received) >= 9 + (length := int.from_bytes(received[:3], "big")):
                kind, flags, stream = struct.unpack(">BBI", received[3:9])
                payload, received = received[9 : 9 + length], received[9 + length :]
                assert kind != GOAWAY, payload
                if kind == SETTINGS and not flags & ACK:
                    connection.sendall(frame(SETTINGS, ACK, 0))
                if kind == HEADERS:
                    heads[stream] = payload
                if kind == DATA:
                    bodies[stream] += payload
                if kind in (HEADERS, DATA) and flags & END_STREAM:
                    ended.add(stream)
    assert heads[1][0] == STATUS_200 and "Databases" in json.loads(bodies[1])
    assert json.loads(bodies[3])["__type"].endswith("#ResourceNotFoundException")
