//! Remote methods: arguments from a request, the call, the reply. Knows no HTTP library; [`crate::rest`] brings the
//! parts of the request. Answers to strong-remoting `lib/http-context.js`.

mod arguments;
mod call;
pub(crate) mod json;
mod relation;
mod remote;
mod stream;

pub(crate) use call::{Body, Call, Reply};
pub(crate) use relation::Hop;
pub use remote::{RemoteArg, RemoteCall, RemoteResult};
pub(crate) use remote::{answer, argument, instance};
pub(crate) use stream::{ByteStream, Chunks};
