//! Answers that say more than a value.

use super::remote_call::put_header;
use super::result::{RemoteResult, ResultWriter};
use crate::error::Result;
use crate::meta::{KindDef, ShapeDef};
use http::{HeaderMap, HeaderName, HeaderValue};

/// An answer with a status and headers of its own. The body is that of the value, under its name when the method has
/// `returns = "..."`.
///
/// ```ignore
/// #[remote_method(post, "/queue", returns = "place")]
/// async fn queue() -> Result<Reply<u32>> {
///     Ok(Reply::new(3).status(202).header("retry-after", "60"))    // 202 {"place":3}
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Reply<T> {
    value: T,
    status: Option<u16>,
    headers: HeaderMap,
}

impl<T> Reply<T> {
    /// An answer.
    pub fn new(value: T) -> Self {
        Self { value, status: None, headers: HeaderMap::new() }
    }

    /// Its HTTP status, 200 to 599; another one is a 500. One that a remote hook has set comes first.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// A header. What no header can have is logged and left out.
    #[must_use]
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        HeaderValue: TryFrom<V>,
    {
        put_header(&mut self.headers, name, value);
        self
    }
}

impl<T> Reply<T> {
    fn tell(self, out: &mut ResultWriter<'_>) -> T {
        out.status = self.status.or(out.status);
        out.headers.extend(self.headers);
        self.value
    }
}

impl<T: RemoteResult> RemoteResult for Reply<T> {
    const SHAPES: &'static [ShapeDef] = T::SHAPES;

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        self.tell(out).write(out)
    }

    fn write_answer(self, out: &mut ResultWriter<'_>, names: &[Box<str>]) -> Result<()> {
        self.tell(out).write_answer(out, names)
    }
}

/// An answer of anything that serde writes: `Ok(Json(summary))`. OpenAPI says nothing of it; `#[derive(PropertyType)]` does
/// better. What serde cannot write, as a map whose keys are no text, is a 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: serde::Serialize + Send> RemoteResult for Json<T> {
    const SHAPES: &'static [ShapeDef] = &[ShapeDef::Kind(KindDef::Any)];

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        out.serialize(&self.0)
    }
}
