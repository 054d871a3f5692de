//! One keep-alive HTTP/1.1 connection that sends prepared, signed requests. Blocking and minimal, so that the client
//! takes as little of the shared cores as it can.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use model::clock::{Clock, SystemClock};
use wire::sigv4::{Request, Signer, sign};

pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    is_closing: bool,
}

/// The access key every measured server is started with.
pub const ACCESS_KEY_ID: &str = "BENCHACCESSKEYID";
pub const SECRET_ACCESS_KEY: &str = "bench-secret-access-key";

/// The bytes of a signed request, ready to be sent.
pub fn prepare(address: &str, operation: &str, body: &[u8]) -> Vec<u8> {
    let target = format!("Timestream_20181101.{operation}");
    let headers: Vec<(&str, &[u8])> = vec![
        ("host", address.as_bytes()),
        ("content-type", b"application/x-amz-json-1.0"),
        ("x-amz-target", target.as_bytes()),
    ];
    let request = Request { method: "POST", path: "/", query: "", headers: &headers, body };
    let signer = Signer {
        access_key_id: ACCESS_KEY_ID,
        secret_access_key: SECRET_ACCESS_KEY,
        session_token: None,
        region: "us-east-1",
    };
    let signed = sign(&request, &signer, SystemClock::new().now_ns());
    let mut bytes = b"POST / HTTP/1.1\r\n".to_vec();
    let mut push = |name: &str, value: &[u8]| {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    };
    for (name, value) in headers {
        push(name, value);
    }
    for (name, value) in &signed {
        push(name, value.as_bytes());
    }
    push("content-length", body.len().to_string().as_bytes());
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

impl Connection {
    pub fn open(address: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(|error| format!("connecting failed: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Self { stream, received: Vec::new(), is_closing: false })
    }

    /// Gives up on an answer that makes no progress for this long; without it a call waits for ever.
    pub fn wait_at_most(&self, patience: Duration) -> Result<(), String> {
        self.stream.set_read_timeout(Some(patience)).map_err(|error| error.to_string())
    }

    /// Whether the last answer was the last one of this connection.
    pub fn is_closing(&self) -> bool {
        self.is_closing
    }

    /// Sends a prepared request and waits for the whole answer: its status and body.
    pub fn call(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>), String> {
        self.stream.write_all(request).map_err(|error| format!("sending failed: {error}"))?;
        let head_end = loop {
            match find(&self.received, b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.receive()?,
            }
        };
        let head = String::from_utf8_lossy(&self.received[..head_end]).to_ascii_lowercase();
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
        self.is_closing = head.lines().any(|line| line == "connection: close");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
        while self.received.len() < head_end + length {
            self.receive()?;
        }
        let body = self.received[head_end..head_end + length].to_vec();
        self.received.drain(..head_end + length);
        status.map(|status| (status, body)).ok_or_else(|| "the answer has no status".to_owned())
    }

    /// Calls an operation and fails unless it succeeds.
    pub fn expect_success(&mut self, address: &str, operation: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        match self.call(&prepare(address, operation, body))? {
            (200, body) => Ok(body),
            (status, body) => Err(format!("{operation}: {status} {}", String::from_utf8_lossy(&body))),
        }
    }

    fn receive(&mut self) -> Result<(), String> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => Err("the server closed the connection".to_owned()),
            Ok(length) => {
                self.received.extend_from_slice(&chunk[..length]);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(format!("receiving failed: {error}")),
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
