"""Every way in which a user points a client at this server, and the discovery that some of them trigger."""

import json
import sys

import pytest

from signed import Request

LIST_DATABASES = ["timestream-write", "list-databases"]
SELECT_ONE = ["timestream-query", "query", "--query-string", "SELECT 1"]
PROGRAM = """\
import boto3
print(boto3.client('timestream-write').list_databases()['Databases'] is not None)
print(boto3.client('timestream-query').query(QueryString='SELECT 1')['Rows'])
"""


@pytest.mark.parametrize("command", [LIST_DATABASES, SELECT_ONE], ids=["write", "query"])
def test_cli_with_explicit_endpoint(server, run_client, command):
    environment = server.client_environment(AWS_ENDPOINT_URL=None)
    done = run_client(["aws", "--endpoint-url", server.endpoint, *command], environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def by_environment(server):
    return {"AWS_ENDPOINT_URL": server.endpoint}


def by_service_environment(server):
    return {
        "AWS_ENDPOINT_URL": None,
        "AWS_ENDPOINT_URL_TIMESTREAM_WRITE": server.endpoint,
        "AWS_ENDPOINT_URL_TIMESTREAM_QUERY": server.endpoint,
    }


def by_config_file(server, folder):
    path = folder / "config"
    path.write_text(
        "[default]\nservices = local\n[services local]\n"
        f"timestream_write =\n  endpoint_url = {server.endpoint}\n"
        f"timestream_query =\n  endpoint_url = {server.endpoint}\n"
    )
    return {"AWS_ENDPOINT_URL": None, "AWS_CONFIG_FILE": str(path)}


@pytest.fixture(params=["environment", "service_environment", "config_file"])
def environment(request, server, tmp_path):
    changes = {
        "environment": lambda: by_environment(server),
        "service_environment": lambda: by_service_environment(server),
        "config_file": lambda: by_config_file(server, tmp_path),
    }[request.param]()
    return server.client_environment(**changes)


@pytest.mark.parametrize("command", [LIST_DATABASES, SELECT_ONE], ids=["write", "query"])
def test_cli_with_configured_endpoint(environment, run_client, command):
    done = run_client(["aws", *command], environment)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_boto3_with_configured_endpoint(environment, run_client):
    done = run_client([sys.executable, "-c", PROGRAM], environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["True", "[{'Data': [{'ScalarValue': '1'}]}]"]


@pytest.mark.parametrize(
    ("agent", "form"),
    [
        ("Boto3/1.44 md/Botocore#1.44", "http://{host}:{port}"),
        ("Botocore/1.44", "http://{host}:{port}"),
        ("aws-cli/1.46 md/Botocore", "http://{host}:{port}"),
        ("aws-sdk-js/3.700.0 ua/2.1", "{host}"),
    ],
)
def test_discovery_answers_in_the_form_the_client_can_use(server, agent, form):
    answer = Request("DescribeEndpoints", {}).with_header("user-agent", agent).send(server)
    assert answer.status == 200, answer
    expected = form.format(host=server.host, port=server.port)
    assert answer.document == {"Endpoints": [{"Address": expected, "CachePeriodInMinutes": 1440}]}


@pytest.mark.parametrize("agent", ["aws-sdk-go-v2/1.30", "curl/8", "aws-sdk-rust/1.3"])
def test_discovery_always_names_this_host(server, agent):
    answer = Request("DescribeEndpoints", {}).with_header("user-agent", agent).send(server)
    assert answer.status == 200, answer
    [endpoint] = answer.document["Endpoints"]
    assert endpoint["Address"].removeprefix("http://") == f"{server.host}:{server.port}"


def test_discovery_needs_a_signature(server):
    assert Request("DescribeEndpoints", {}).without("authorization").send(server).status in (400, 403)
