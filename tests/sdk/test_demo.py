"""The first command of the README: a server with generated data, a tour of queries, and lines to paste."""

import json
import re
import signal
import subprocess
import sys
import textwrap

from server import ANSWER_SECONDS_MAX, PATIENT, STOP_SECONDS_MAX, binary, clean_environment


def demo(folder, *arguments):
    command = [binary(), "demo", "--records", "2000", "--listen", "127.0.0.1:0", "--data-dir", str(folder), *arguments]
    environment = {**clean_environment(), **PATIENT}
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_lines_to_paste_work_until_ctrl_c(tmp_path, run_client):
    process = demo(tmp_path / "demo")
    text = ""
    try:
        for line in process.stdout:
            text += line
            if "Ctrl-C stops it" in line:
                break
        exports = {}
        for line in re.findall(r"^  export (.*)$", text, re.MULTILINE):
            exports.update(pair.split("=", 1) for pair in line.split(" "))
        environment = {**clean_environment(), **exports}
        commands = re.findall(r"^  (aws .*|\S*headwater query .*)$", text, re.MULTILINE)
        assert len(commands) == 3, text
        answers = [run_client(["sh", "-c", command], environment) for command in commands]
        for command, answer in zip(commands, answers):
            assert answer.returncode == 0, (command, answer.stderr)
        program = re.search(r"^  import boto3\n(?:  .*\n)+", text, re.MULTILINE)[0]
        answer = run_client([sys.executable, "-c", textwrap.dedent(program)], environment)
        assert answer.returncode == 0 and answer.stdout.count("'Data'") == 3, answer.stdout + answer.stderr
        tables = {table["TableName"] for table in json.loads(answers[0].stdout)["Tables"]}
        assert tables == {"SensorData", "DeviceHealth"}
        [count] = json.loads(answers[1].stdout)["Rows"]
        assert 0 < int(count["Data"][0]["ScalarValue"]) <= 2000
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=STOP_SECONDS_MAX) == 0
    finally:
        process.kill()
    assert "loaded 2000 records" in text
    assert "failed" not in text
    assert text.count("┌") >= 3, "tables of the tour"


def test_only_a_directory_of_a_demonstration_is_emptied(new_server, tmp_path):
    for _ in range(2):
        process = demo(tmp_path / "demo", "--no-wait")
        output, errors = process.communicate(timeout=ANSWER_SECONDS_MAX)
        assert process.returncode == 0, output + errors
    server = new_server().start()
    server.write_client().create_database(DatabaseName="precious")
    assert server.stop() == 0
    process = demo(server.data_dir, "--no-wait")
    _, errors = process.communicate(timeout=ANSWER_SECONDS_MAX)
    assert process.returncode == 1 and "that no demonstration made" in errors
    server.start()
    assert [one["DatabaseName"] for one in server.write_client().list_databases()["Databases"]] == ["precious"]
