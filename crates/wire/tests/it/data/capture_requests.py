"""Writes signed_requests.jsonl: requests as boto3 and botocore's signer send them, at a fixed time with example keys.

Usage: python capture_requests.py > signed_requests.jsonl   (needs boto3; the committed file was made with boto3 1.44.5)
"""
import datetime, hashlib, json, os, socket, sys, threading

import boto3, botocore.auth, botocore.awsrequest, botocore.config, botocore.credentials

NOW = datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TEMPORARY_KEY, TOKEN = "ASIDEXAMPLE", "FwoGZXIvYXdzEXAMPLE/token+with==signs" + "x" * 300
PORT = 18421
botocore.auth.get_current_datetime = lambda *_, **__: NOW

captured = []


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = [line.split(": ", 1) for line in lines[1:]]
    # What the machine adds to the user agent and the random ids are not signed; keep them out of the file.
    for header in headers:
        if header[0] == "User-Agent":
            header[1] = " ".join(header[1].split(" ")[:2])
        if header[0] == "amz-sdk-invocation-id":
            header[1] = "00000000-0000-4000-8000-000000000000"
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return {"method": method, "path": target, "query": "", "headers": headers, "body": body.decode()}


def serve(listener):
    while True:
        connection, _ = listener.accept()
        request = read_request(connection)
        captured.append(request)
        answer = b"{}"
        if any(value.endswith(".DescribeEndpoints") for _, value in request["headers"]):
            answer = b'{"Endpoints":[{"Address":"http://127.0.0.1:%d","CachePeriodInMinutes":1440}]}' % PORT
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.0\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer))
        connection.close()


def client(service, token=None, explicit=True):
    return boto3.client(
        service, region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{PORT}" if explicit else None,
        aws_access_key_id=TEMPORARY_KEY if token else KEY, aws_secret_access_key=SECRET, aws_session_token=token)


def emit(name, request, token=None):
    request = dict(name=name, access_key_id=TEMPORARY_KEY if token else KEY, now="20240102T030405Z", **request)
    sys.stdout.write(json.dumps(request) + "\n")


def signed_like(name, header_names, body, target):
    """A request with the header list of another SDK, signed by botocore."""
    values = {
        "amz-sdk-invocation-id": "2f1d6f5e-0000-4000-8000-000000000000",
        "amz-sdk-request": "attempt=1; max=3",
        "content-length": str(len(body)),
        "content-type": "application/x-amz-json-1.0",
        "host": "localhost:8421",
        "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-amz-target": f"Timestream_20181101.{target}",
        "x-amz-user-agent": "aws-sdk-js/3.600.0  ua/2.0   os/linux ",
    }
    request = botocore.awsrequest.AWSRequest("POST", "http://localhost:8421/", data=body,
                                             headers={key: values[key] for key in header_names})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(KEY, SECRET), "timestream", "us-east-1").add_auth(request)
    headers = [[key, value] for key, value in request.headers.items()]
    emit(name, {"method": "POST", "path": "/", "query": "", "headers": headers, "body": body.decode()})


def main():
    listener = socket.create_server(("127.0.0.1", PORT))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    write, query = client("timestream-write"), client("timestream-query")
    record = {"Dimensions": [{"Name": "host", "Value": "a"}], "MeasureName": "cpu", "MeasureValue": "1.5",
              "MeasureValueType": "DOUBLE", "Time": "1704164645000"}
    write.write_records(DatabaseName="db", TableName="t", Records=[record])
    emit("boto3 WriteRecords", captured.pop())
    write.write_records(DatabaseName="db", TableName="t", CommonAttributes={"Dimensions": [{"Name": "s", "Value": "ü\"\n"}]},
                        Records=[dict(record, Time=str(1704164645000 + i)) for i in range(100)])
    emit("boto3 WriteRecords of 100 records", captured.pop())
    write.create_database(DatabaseName="db")
    emit("boto3 CreateDatabase", captured.pop())
    query.query(QueryString="SELECT 'grüße' FROM \"db\".\"t\"", ClientToken="0" * 36)
    emit("boto3 Query", captured.pop())
    client("timestream-query", TOKEN).query(QueryString="SELECT 1", ClientToken="0" * 36)
    emit("boto3 Query with a session token", captured.pop(), TOKEN)
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{PORT}"
    client("timestream-write", explicit=False).list_databases()
    emit("boto3 ListDatabases after discovery", captured.pop())
    emit("boto3 DescribeEndpoints of discovery", captured.pop())
    listing = b'{"MaxResults":5}'
    signed_like("header list of JS v2", ["host", "x-amz-content-sha256", "x-amz-target"], listing, "ListDatabases")
    signed_like("header list of JS v3", ["amz-sdk-invocation-id", "amz-sdk-request", "content-length", "content-type",
                                         "host", "x-amz-content-sha256", "x-amz-target", "x-amz-user-agent"],
                listing, "ListDatabases")
    signed_like("header list of Rust", ["content-length", "content-type", "host", "x-amz-target", "x-amz-user-agent"],
                listing, "ListDatabases")


main()
