//! Remote methods: arguments from a request, the call, the reply. Knows no HTTP library but the names of headers;
//! [`crate::rest`] brings the parts of the request. Answers to strong-remoting `lib/http-context.js`.
//!
//! A built-in method without hooks goes through [`Call`], which reads what it needs and no more. A method of
//! the application's own, and one with remote hooks, goes through [`RemoteCall`], which owns arguments and answer.

mod arg;
mod arguments;
mod call;
mod changes;
mod coerce;
mod file;
mod incoming;
mod invoke;
pub(crate) mod json;
mod relation;
mod remote_call;
mod remotes;
mod reply;
mod result;
mod stream;
mod user;

pub use arg::{Arg, RemoteArg};
pub use changes::ChangeStreams;
pub use file::{Download, Streamed, UploadedFile};
pub use remote_call::RemoteCall;
pub use remotes::{MethodArgument, MethodRoute, RemoteMethod};
pub use reply::{Json, Reply};
pub use result::{RemoteResult, ResultWriter};
pub use user::CurrentUser;

pub(crate) use arg::{argument, no_id};
pub(crate) use arguments::{Objects, id};
pub(crate) use call::{Call, Outcome};
pub(crate) use changes::{EVENT_STREAM, EventBytes, NO_CACHE, OpenStreams, WasHere};
pub(crate) use file::RawBody;
pub(crate) use incoming::{Incoming, Payload};
pub(crate) use invoke::{RemoteBody, RemoteReply, RemoteRequest, built_in, custom};
pub(crate) use relation::Hop;
pub(crate) use result::answer;
pub(crate) use stream::{ByteStream, Chunks};

use crate::error::Result;
use crate::typed::Model;

/// The instance that the method is called on.
pub(crate) fn instance<M: Model>(call: &mut RemoteCall) -> Result<M> {
    call.decoded()
}
