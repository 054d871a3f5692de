//! DescribeEndpoints: where the caller can reach us, in the form its SDK understands (api.md 1.4).

use wire::ApiError;
use wire::endpoints::{self, CACHE_PERIOD_MINUTES};
use wire::write::input::DescribeEndpointsRequest;
use wire::write::output::{DescribeEndpointsResponse, Endpoint};

use crate::gateway::Caller;
use crate::node::Node;

pub fn run(
    node: &Node,
    caller: &Caller,
    _input: &DescribeEndpointsRequest,
) -> Result<DescribeEndpointsResponse, ApiError> {
    let address = endpoints::address(&endpoints::Caller {
        host: caller.host(),
        user_agent: caller.user_agent(),
        secure: false,
        tls_port: None,
        advertise: node.settings.advertise.as_deref(),
    });
    let address = address.ok_or_else(|| ApiError::validation("The Host header is not a host and port."))?;
    Ok(DescribeEndpointsResponse {
        endpoints: vec![Endpoint { address, cache_period_in_minutes: CACHE_PERIOD_MINUTES }],
    })
}
