//! Remote methods and remote hooks over REST. Their definitions stand here as the attributes write them down, so that
//! what runs is held to its rules apart from what the macros make.

mod answers;
mod arguments;
mod faults;
mod hooks;
mod instances;
mod tool;

use loopback::prelude::*;
use loopback_tests::lab::{Database, Lab, run};

/// A remote method: `method!(Model."name" Verb "/path" (rust "json": Type [option: value], ..) -> Type, ["names"],
/// {options}, |call| answer)`. Without a verb and a path `options` have `routes`.
macro_rules! method {
    ($model:ident . $name:literal $verb:ident $path:literal $args:tt -> $ret:ty, $names:tt,
        {$($o:ident : $ov:expr),*}, |$call:ident| $body:expr) => {
        method!($model . $name $args -> $ret, $names, {
            routes: &[loopback::__private::RouteDef {
                verb: Some(loopback::__private::Verb::$verb), path: $path,
            }] $(, $o: $ov)*
        }, |$call| $body);
    };
    ($model:ident . $name:literal ($($arg:ident $key:literal : $ty:ty $([$($opt:ident : $value:expr),+])?),*) -> $ret:ty,
        [$($return:literal),*], {$($o:ident : $ov:expr),*}, |$call:ident| $body:expr) => {
        const _: () = {
            use loopback::__private as lb;
            lb::submit! { lb::MethodEntry(lb::MethodDef {
                args: &[$(lb::ArgDef { $($($opt: $value,)+)? ..lb::ArgDef::of::<$ty>($key) }),*],
                $($o: $ov,)*
                ..lb::MethodDef::new(
                    || <$model as lb::Model>::DEF,
                    $name,
                    lb::ReturnsDef::named::<$ret>(&[$($return),*]),
                    |$call| ::std::boxed::Box::pin(async move {
                        let mut _at = 0;
                        $(
                            let $arg = lb::argument::<$ty>($call, _at)?;
                            _at += 1;
                        )*
                        let answer: ::std::result::Result<$ret, _> = $body;
                        lb::answer($call, answer)
                    }),
                    lb::Location { file: file!(), line: line!() },
                )
            }) }
        };
    };
}

/// A remote hook: `hook!(Model, Phase, ["names"], order, |call| answer)`.
macro_rules! hook {
    ($model:ident, $phase:ident, [$($name:literal),+], $order:literal, |$call:ident| $body:expr) => {
        const _: () = {
            use loopback::__private as lb;
            lb::submit! { lb::RemoteHookEntry(lb::RemoteHookDef {
                model: || <$model as lb::Model>::DEF,
                phase: lb::RemotePhase::$phase,
                methods: &[$($name),+],
                order: $order,
                name: concat!("a hook ", stringify!($phase)),
                call: |$call| ::std::boxed::Box::pin(async move { lb::hooked($body) }),
                location: lb::Location { file: file!(), line: line!() },
            }) }
        };
    };
}

pub(super) use {hook, method};

/// Runs a case with the tool's methods.
fn with_tool(case: impl AsyncFnOnce(&Lab)) {
    let models = [tool::Tool::DEF];
    run(Database::SqliteMemory, &models, |builder| builder, async |lab: Lab| case(&lab).await);
}
