//! The rules that need more than one place to judge. One function each, with its ui test in `tests/ui`.

use super::bare;
use super::ir::{Argument, Block, Function, Method, Param, Receiver, Role, Route, Source, Verb};
use super::path::Segment;
use crate::acl;
use crate::model::values::{Base, misfit};
use crate::support::errors::Errors;
use crate::support::names::did_you_mean;
use crate::support::spans::text;
use syn::Type;

/// Checks an impl block.
pub(super) fn check(block: &Block, errors: &mut Errors) {
    for function in &block.functions {
        reads_or_writes(function, errors);
    }
    for method in block.methods() {
        acl::check(&method.acls, errors);
        one_call(method, errors);
        distinct_arguments(method, errors);
        path_parameters(method, errors);
        returned_names(method, errors);
        for argument in method.arguments() {
            own_id(method, argument, errors);
            argument_name(argument, errors);
            in_path(method, argument, errors);
            has_body(method, argument, errors);
            default_fits(method, argument, errors);
        }
    }
    // Of those behind a `cfg` perhaps one is there: the graph sees which.
    let methods: Vec<&Method> = block.unconditional_methods().collect();
    distinct_names(&methods, errors);
    distinct_routes(&methods, errors);
}

/// What is asked for with `get` is taken for reading, and a method that may change its row is not.
fn reads_or_writes(function: &Function, errors: &mut Errors) {
    let Role::Method(method) = &function.role else { return };
    let gets = method.routes.iter().all(|route| matches!(route.verb, Verb::Get | Verb::Head));
    let complete = method.routes_complete && !method.routes.is_empty();
    if gets && complete && method.receiver == Some(Receiver::Mutable) && !method.options.says_access {
        errors.at(
            &function.ident,
            "a GET method that may change its row has to say what access control is to take it for: \
             add `access = write` (or `read`)",
        );
    }
}

/// The call is lent once.
fn one_call(method: &Method, errors: &mut Errors) {
    let mut calls = method.params.iter().filter_map(|param| match param {
        Param::Call { at, .. } => Some(*at),
        Param::Context | Param::Argument(_) => None,
    });
    let Some(first) = calls.next() else { return };
    for second in calls {
        errors.conflict(second, "a remote method gets the call once", first, "the first time");
    }
}

fn distinct_arguments(method: &Method, errors: &mut Errors) {
    let arguments: Vec<&Argument> = method.arguments().collect();
    for (at, second) in arguments.iter().enumerate() {
        let name = &second.name;
        if let Some(first) = arguments[..at].iter().find(|first| same_name(first, second)) {
            errors.conflict(
                name.span,
                format!("two arguments have the name `{}`: give one another with `#[arg(name = \"..\")]`", name.value),
                first.name.span,
                format!("the first argument with the name `{}`", first.name.value),
            );
        }
    }
}

/// Headers are found without regard to case, and besides what has the same name elsewhere.
fn same_name(first: &Argument, second: &Argument) -> bool {
    match (is_header(first), is_header(second)) {
        (true, true) => first.name.value.eq_ignore_ascii_case(&second.name.value),
        _ => first.name.value == second.name.value,
    }
}

fn is_header(argument: &Argument) -> bool {
    argument.source.as_ref().is_some_and(|source| source.value == Source::Header)
}

/// Every `{param}` of a path is an argument.
fn path_parameters(method: &Method, errors: &mut Errors) {
    let names: Vec<&str> = method.arguments().map(|argument| argument.name.value.as_str()).collect();
    for route in &method.routes {
        for param in route.params() {
            if names.contains(&param) || method.receiver.is_some() && param == "id" {
                continue;
            }
            let hint = match did_you_mean(param, names.iter().copied()) {
                Some(meant) => format!("did you mean `{{{meant}}}`? "),
                None => String::new(),
            };
            let arguments = if names.is_empty() {
                "it has none".to_owned()
            } else {
                format!("its arguments: {}", names.join(", "))
            };
            let message = format!("`{{{param}}}` in the path is no argument of the method; {hint}{arguments}");
            errors.span(route.path.span, message);
        }
    }
}

/// `id` of an instance method is that of the row.
fn own_id(method: &Method, argument: &Argument, errors: &mut Errors) {
    if method.receiver.is_some() && argument.name.value == "id" && !is_header(argument) {
        errors.span(
            argument.name.span,
            "`id` is that of the row in the path of a method with `&self`: \
             give the argument another name, as in `#[arg(name = \"otherId\")]`",
        );
    }
}

fn argument_name(argument: &Argument, errors: &mut Errors) {
    let name = &argument.name.value;
    let header = is_header(argument);
    let fits = |c: char| {
        if header { c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c) } else { !c.is_whitespace() }
    };
    if name.is_empty() || !name.chars().all(fits) {
        let what = if header { "the name of a header" } else { "the name of an argument" };
        errors.span(argument.name.span, format!("{what} is one word, found `\"{name}\"`"));
    }
}

/// `#[arg(path)]` and the paths agree.
fn in_path(method: &Method, argument: &Argument, errors: &mut Errors) {
    let Some(source) = &argument.source else { return };
    let name = &argument.name.value;
    let word = source.value.word();
    if source.value != Source::Path {
        if let Some(route) = method.routes.iter().find(|route| route.names(name)) {
            errors.conflict(
                source.span,
                format!("`{name}` is a part of the path, so it cannot be `#[arg({word})]`"),
                route.path.span,
                format!("`{{{name}}}` stands in this path"),
            );
        }
        return;
    }
    if !method.routes_complete {
        return;
    }
    if let Some(route) = method.routes.iter().find(|route| !route.names(name)) {
        let path = route.path.value.trim_end_matches('/');
        errors.span(
            source.span,
            format!("the path `{}` does not have `{name}`: write `\"{path}/{{{name}}}\"`", route.path.value),
        );
    }
}

/// A request with `get` or `head` has no body.
fn has_body(method: &Method, argument: &Argument, errors: &mut Errors) {
    let Some(source) = argument.source.as_ref().filter(|source| matches!(source.value, Source::Body | Source::Form))
    else {
        return;
    };
    if let Some(route) = method.routes.iter().find(|route| matches!(route.verb, Verb::Get | Verb::Head)) {
        errors.span(
            source.span,
            format!(
                "a request with `{}` has no body, so `{}` cannot be `#[arg({})]`: \
                 write `#[arg(query)]`, or let the method have another verb",
                route.verb.word(),
                argument.name.value,
                source.value.word()
            ),
        );
    }
}

fn default_fits(method: &Method, argument: &Argument, errors: &mut Errors) {
    let Some(default) = &argument.default else { return };
    let (name, ty) = (&argument.name.value, text(&argument.ty));
    if method.routes_complete && method.in_every_path(argument) {
        errors.span(default.span, format!("`default` of `{name}`: a part of the path is always there"));
        return;
    }
    let reason = match argument.shape.base {
        base @ (Base::List | Base::GeoPoint) => {
            Some(format!("no literal is {}: write `Option<{ty}>`, and choose the value in the function", base.noun()))
        }
        base => misfit(base, default),
    };
    if let Some(reason) = reason {
        errors.span(default.span, format!("`default` of `{name}` ({ty}): {reason}"));
    }
}

/// `returns` has a name for each value.
fn returned_names(method: &Method, errors: &mut Errors) {
    let Some(answer) = &method.answer else { return };
    let values = match bare(answer) {
        Type::Tuple(tuple) => tuple.elems.len(),
        _ => 1,
    };
    let ty = text(answer);
    let Some(returns) = &method.options.returns else {
        if values > 1 {
            let names: Vec<String> = (1..=values).map(|at| format!("\"name{at}\"")).collect();
            errors.at(
                answer,
                format!(
                    "an answer of several values is an object, so they need names: add `returns({})` \
                     to `#[remote_method]`",
                    names.join(", ")
                ),
            );
        }
        return;
    };
    let names = returns.names.len();
    if values == 0 {
        errors.span(returns.at, "`returns` names values, and the method answers with none");
    } else if names != values && names > 0 {
        let (names, values) = (counted(names, "name"), counted(values, "value"));
        errors.span(returns.at, format!("`returns` has {names}, and the method answers with {values} (`{ty}`)"));
    }
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn distinct_names(methods: &[&Method], errors: &mut Errors) {
    for (at, second) in methods.iter().enumerate() {
        let same = |first: &&&Method| {
            first.name.value == second.name.value && first.receiver.is_some() == second.receiver.is_some()
        };
        if let Some(first) = methods[..at].iter().find(same) {
            let name = &second.name.value;
            errors.conflict(
                second.name.span,
                format!("two remote methods have the name `{name}`: give one another with `name = \"..\"`"),
                first.name.span,
                format!("the first remote method with the name `{name}`"),
            );
        }
    }
}

fn distinct_routes(methods: &[&Method], errors: &mut Errors) {
    let routes: Vec<&Route> = methods.iter().flat_map(|method| &method.routes).collect();
    for (at, second) in routes.iter().enumerate() {
        let first = routes[..at].iter().find(|first| first.verb.meets(second.verb) && same_shape(first, second));
        if let Some(first) = first {
            errors.conflict(
                second.path.span,
                format!(
                    "two routes take the same requests: `{} {}` and `{} {}`",
                    first.verb.word(),
                    first.path.value,
                    second.verb.word(),
                    second.path.value
                ),
                first.path.span,
                format!("the first route, `{} {}`", first.verb.word(), first.path.value),
            );
        }
    }
}

/// Whether the paths differ in the names of their parameters at most.
fn same_shape(first: &Route, second: &Route) -> bool {
    let same = |pair: (&Segment, &Segment)| match pair {
        (Segment::Word(first), Segment::Word(second)) => first == second,
        (Segment::Param(_), Segment::Param(_)) => true,
        _ => false,
    };
    first.segments.len() == second.segments.len() && first.segments.iter().zip(&second.segments).all(same)
}
