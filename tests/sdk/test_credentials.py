"""Who is let in. Wrong secret and unknown key must look the same, to a program and to a person."""

import json
import os
import stat

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from checks import Failure, fails
from server import ACCESS_KEY_ID, ANSWER_SECONDS_MAX, REGION, SECRET_ACCESS_KEY
from signed import Request, exchange

WRONG_SECRET = SECRET_ACCESS_KEY[::-1]
UNKNOWN_KEY = "AKIAUNKNOWN000000000"


def test_our_signer_agrees_with_botocore(server):
    request = Request("ListDatabases", {})
    host = f"{server.host}:{server.port}"
    ours = request.signed_headers(host)
    theirs = AWSRequest("POST", f"http://{host}/", data=request.body, headers={**request.headers, "host": host})
    signer = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "timestream", REGION)
    theirs.context["timestamp"] = ours["x-amz-date"]
    theirs.headers["X-Amz-Date"] = ours["x-amz-date"]
    signature = signer.signature(signer.string_to_sign(theirs, signer.canonical_request(theirs)), theirs)
    assert signature in ours["authorization"]


def test_right_credentials(server):
    assert "Databases" in server.write_client().list_databases()
    assert Request("ListDatabases", {}).send(server).status == 200


@pytest.mark.parametrize("service", ["timestream-write", "timestream-query"])
def test_wrong_secret_and_unknown_key_are_refused_identically(server, service):
    answers = []
    for key, secret in [(ACCESS_KEY_ID, WRONG_SECRET), (UNKNOWN_KEY, SECRET_ACCESS_KEY), (UNKNOWN_KEY, WRONG_SECRET)]:
        client = server.client(service, access_key_id=key, secret_access_key=secret)
        call = client.list_databases if service == "timestream-write" else lambda: client.query(QueryString="SELECT 1")
        with pytest.raises(client.exceptions.ClientError) as raised:
            call()
        failure = Failure(raised.value)
        answers.append((failure.status, failure.code, failure.message))
    assert answers[0][0] == 403
    assert answers[0] == answers[1] == answers[2]


def test_wrong_secret_and_unknown_key_answer_the_same_bytes(server):
    answers = [
        Request("ListDatabases", {}).with_key(ACCESS_KEY_ID, WRONG_SECRET).send(server),
        Request("ListDatabases", {}).with_key(UNKNOWN_KEY, WRONG_SECRET).send(server),
    ]
    kept = [
        (answer.status, answer.body, sorted(set(answer.headers) - {"date"}), answer.headers.get("content-type"))
        for answer in answers
    ]
    assert kept[0] == kept[1]


@pytest.mark.parametrize("changes", [{"AWS_SECRET_ACCESS_KEY": WRONG_SECRET}, {"AWS_ACCESS_KEY_ID": UNKNOWN_KEY}], ids=["secret", "key"])
def test_cli_with_wrong_credentials(server, run_client, changes):
    done = run_client(["aws", "timestream-write", "list-databases"], server.client_environment(**changes))
    assert done.returncode != 0
    assert "InvalidSignatureException" in done.stderr or "UnrecognizedClientException" in done.stderr, done.stderr


def test_nothing_is_done_for_a_wrong_signature(server, write):
    wrong = server.write_client(secret_access_key=WRONG_SECRET)
    with pytest.raises(wrong.exceptions.ClientError):
        wrong.create_database(DatabaseName="made_by_a_stranger")
    fails(write.describe_database, 404, "ResourceNotFoundException", DatabaseName="made_by_a_stranger")


def test_a_changed_body_is_refused(server):
    request = Request("CreateDatabase", {"DatabaseName": "signed_name"})
    data = request.to_bytes(f"{server.host}:{server.port}").replace(b"signed_name", b"forged_name")
    [answer] = exchange(server, data, ANSWER_SECONDS_MAX)
    assert answer.status == 403, answer


def test_first_start_writes_credentials_that_clients_read(new_server, run_client):
    server = new_server(root_keys=False).start()
    path = server.data_dir / "credentials"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    environment = server.client_environment(
        AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_SHARED_CREDENTIALS_FILE=str(path)
    )
    done = run_client(["aws", "timestream-write", "list-databases"], environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"Databases": []}

    # The same pair serves after a restart, and the secret stands in no line of the log.
    secret = next(line.split("=")[1].strip() for line in path.read_text().splitlines() if "secret" in line)
    server.restart()
    environment["AWS_ENDPOINT_URL"] = server.endpoint
    again = run_client(["aws", "timestream-write", "list-databases"], environment)
    assert again.returncode == 0, again.stderr
    assert secret not in "\n".join(server.log)
