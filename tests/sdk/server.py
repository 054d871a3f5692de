"""One `headwater serve` process on a free loopback port, as the tests start, measure and end it."""

import collections
import os
import queue
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import boto3
from botocore.config import Config

ACCESS_KEY_ID = "AKIAHEADWATERTEST001"
SECRET_ACCESS_KEY = "sJ8vWq2mZr5tYx7uBn4cKd9fGh1jLp3aQe6wRt0y"
REGION = "us-east-1"
# Far more than any machine needs: no test fails because others use the processors too.
READY_SECONDS_MAX = 300
STOP_SECONDS_MAX = 600
ANSWER_SECONDS_MAX = 300
PATIENT = {
    # A busy machine answers the rows, and not an empty first page, an error of time, or a throttled call.
    "HEADWATER_QUERY_FIRST_PAGE_WAIT_MS": "55000",
    "HEADWATER_QUERY_SECONDS_MAX": "600",
    "HEADWATER_QUEUE_WAIT_MS": "60000",
    "HEADWATER_SHUTDOWN_SECONDS_MAX": "120",
    # As many on every machine.
    "HEADWATER_QUERY_THREADS": "4",
}

ADDRESS = re.compile(r"http://([0-9.]+):(\d+)")


def binary():
    path = os.environ.get("HEADWATER_BINARY")
    if not path:
        raise RuntimeError("set HEADWATER_BINARY to the server's binary, or run `cargo xtask test`")
    return path


def clean_environment():
    """The environment without anything that configures AWS clients or this server."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "BOTO_", "HEADWATER_")) and not name.lower().endswith("_proxy")
    }
    kept["AWS_EC2_METADATA_DISABLED"] = "true"
    kept["AWS_CONFIG_FILE"] = os.devnull
    kept["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    return kept


class Server:
    def __init__(self, data_dir, arguments=(), root_keys=True, environment=None):
        self.data_dir = Path(data_dir)
        self.arguments = list(arguments)
        self.root_keys = root_keys
        self.extra_environment = dict(environment or {})
        self.process = None
        self.host, self.port = None, None
        self.log = collections.deque(maxlen=2000)
        self.ready_seconds = None

    # --- life ---

    def start(self, wait=True):
        environment = clean_environment()
        if self.root_keys:
            environment["HEADWATER_ROOT_ACCESS_KEY_ID"] = ACCESS_KEY_ID
            environment["HEADWATER_ROOT_SECRET_ACCESS_KEY"] = SECRET_ACCESS_KEY
        environment.update(PATIENT)
        environment.update(self.extra_environment)
        command = [binary(), "serve", "--data-dir", str(self.data_dir), "--listen", "127.0.0.1:0", *self.arguments]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            errors="replace",
        )
        # Each process has its own queue: a thread of the one before may end later than this one starts.
        self.addresses = queue.Queue()
        self.followers = [
            threading.Thread(target=self._follow, args=(stream, self.process, self.addresses), daemon=True)
            for stream in (self.process.stdout, self.process.stderr)
        ]
        for follower in self.followers:
            follower.start()
        if wait:
            self.wait_until_ready()
        return self

    def _follow(self, stream, process, addresses):
        for line in stream:
            self.log.append(line.rstrip())
            found = ADDRESS.search(line)
            if found and stream is process.stdout:
                addresses.put((found[1], int(found[2])))
        if stream is process.stdout:
            addresses.put(None)

    def wait_until_ready(self, seconds=READY_SECONDS_MAX):
        """The server prints its address once it accepts requests, which is after recovery."""
        try:
            address = self.addresses.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"not ready after {seconds} s:\n{self.log_text()}") from None
        if address is None:
            self._wait()
            raise AssertionError(f"ended with {self.process.returncode} before it was ready:\n{self.log_text()}")
        self.host, self.port = address
        self.ready_seconds = time.monotonic() - self.started

    def stop(self):
        """SIGTERM, as a service supervisor stops it. Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def kill(self):
        self.process.kill()
        return self._wait()

    def _wait(self):
        try:
            code = self.process.wait(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"still running {STOP_SECONDS_MAX} s later:\n{self.log_text()}") from None
        # The process may end before its last words were read.
        for follower in self.followers:
            follower.join(timeout=STOP_SECONDS_MAX)
        return code

    def restart(self):
        assert self.stop() == 0, self.log_text()
        return self.start()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def end(self):
        if self.is_running():
            self.kill()

    def log_text(self):
        return "\n".join(list(self.log)[-60:])

    # --- measurements ---

    def memory_mib(self, key="VmRSS"):
        """Resident memory now; `VmHWM` for the highest it ever was."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{key}:\s+(\d+) kB", status)[1]) / 1024

    # --- clients ---

    @property
    def endpoint(self):
        return f"http://{self.host}:{self.port}"

    def client(self, service, access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET_ACCESS_KEY, **config):
        """A boto3 client that does not retry, so that a test sees the first answer."""
        settings = {"retries": {"total_max_attempts": 1}, "read_timeout": ANSWER_SECONDS_MAX, "connect_timeout": 60, **config}
        return boto3.session.Session().client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=Config(**settings),
        )

    def write_client(self, **options):
        return self.client("timestream-write", **options)

    def query_client(self, **options):
        return self.client("timestream-query", **options)

    def client_environment(self, **changes):
        """What a user exports before running the AWS CLI or a script. A change to None removes a variable."""
        environment = clean_environment()
        environment.update(
            AWS_ACCESS_KEY_ID=ACCESS_KEY_ID,
            AWS_SECRET_ACCESS_KEY=SECRET_ACCESS_KEY,
            AWS_DEFAULT_REGION=REGION,
            AWS_ENDPOINT_URL=self.endpoint,
        )
        for name, value in changes.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        return environment
