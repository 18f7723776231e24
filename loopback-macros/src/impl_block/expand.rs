//! [`ir`](super::ir) to tokens. Cannot fail: what could go wrong was found before.
//!
//! The expansion is data, and per function one closure that calls it. Every path of it goes through
//! `::loopback::__private`.

use super::ir::{Argument, Block, Function, Hook, Method, Param, Receiver, RemoteHook, Role, Route, Source, Verb};
use crate::acl::acl_defs;
use crate::model::values::literal_def;
use crate::support::access::Access;
use crate::support::spans::{file, generated_at, line, plain};
use proc_macro2::{Ident, Literal as LiteralToken, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

/// The expansion without the impl block itself.
pub(super) fn expand(block: &Block) -> TokenStream {
    let Block { own, cfg, functions } = block;
    if functions.is_empty() {
        return TokenStream::new();
    }
    // Where every function has a condition, there may be nothing to import for.
    let allow = functions.iter().all(|function| !function.cfg.is_empty()).then(|| quote!(#[allow(unused_imports)]));
    let submissions = functions.iter().map(|function| {
        let cfg = &function.cfg;
        let entry = match &function.role {
            Role::Method(method) => method_entry(own, function, method),
            Role::Hook(hook) => hook_entry(own, function, hook),
            Role::RemoteHook(hook) => remote_hook_entry(own, function, hook),
        };
        quote! {
            #(#cfg)*
            const _: () = { #entry };
        }
    });
    quote! {
        #(#cfg)*
        // A deprecated method is still served.
        #[allow(deprecated)]
        const _: () = {
            #allow
            use ::loopback::__private as lb;

            #(#submissions)*
        };
    }
}

/// A local variable of the expansion. Mixed hygiene: what the user's types name is none of it.
fn local(name: &str, at: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(at))
}

/// The model's definition, which may stand in another module.
fn model(own: &Type) -> TokenStream {
    quote_spanned!(generated_at(own.span())=> || <#own as lb::Model>::DEF)
}

fn location(ident: &Ident) -> TokenStream {
    let (file, line) = (file(ident.span()), line(ident.span()));
    quote!(lb::Location { file: #file, line: #line })
}

/// The closure around a body that the framework calls. At the function's name, as a future that cannot be sent is
/// reported there.
fn closure(function: &Function, param: &Ident, body: impl ToTokens) -> TokenStream {
    quote_spanned!(generated_at(function.ident.span())=> |#param| ::std::boxed::Box::pin(async move { #body }))
}

fn call(own: &Type, function: &Function, arguments: impl ToTokens) -> TokenStream {
    let ident = &function.ident;
    let wait = function.is_async.then(|| quote!(.await));
    quote_spanned!(generated_at(ident.span())=> <#own>::#ident(#arguments) #wait)
}

fn method_entry(own: &Type, function: &Function, method: &Method) -> TokenStream {
    let Method { doc, name, options, .. } = method;
    let (model, name, location) = (model(own), &name.value, location(&function.ident));
    let names = options.returns.iter().flat_map(|returns| &returns.names);
    // At the type, so that one that cannot be an answer is reported there.
    let shapes =
        method.answer.iter().map(|ty| quote_spanned!(generated_at(ty.span())=> <#ty as lb::RemoteResult>::SHAPES));
    let returns = quote!(lb::ReturnsDef { names: &[#(#names),*], shapes: #(#shapes)* });
    let routes = method.routes.iter().map(route_def);
    let args: Vec<TokenStream> = method.arguments().map(|argument| arg_def(method, argument)).collect();
    let access = options.access.map(Access::def);
    let acls = acl_defs(&method.acls);
    let status = |key: &str, status: Option<u16>| {
        let (key, status) = (format_ident!("{key}"), LiteralToken::u16_unsuffixed(status?));
        Some(quote!(#key: ::core::option::Option::Some(#status)))
    };
    let scopes = &options.scopes;
    let given = [
        method.receiver.map(|_| quote!(instance: true)),
        (!doc.is_empty()).then(|| quote!(doc: #doc)),
        options.notes.as_ref().map(|notes| quote!(notes: #notes)),
        access.map(|access| quote!(access: ::core::option::Option::Some(#access))),
        (!scopes.is_empty()).then(|| quote!(scopes: &[#(#scopes),*])),
        Some(quote!(routes: &[#(#routes),*])),
        (!args.is_empty()).then(|| quote!(args: &[#(#args),*])),
        (!method.acls.is_empty()).then(|| quote!(acls: #acls)),
        options.inherited.map(|_| quote!(inherited: true)),
        status("status", options.status),
        status("error_status", options.error_status),
    ]
    .into_iter()
    .flatten();
    let invoke = invoke(own, function, method);
    quote! {
        const DEF: lb::MethodDef = lb::MethodDef {
            #(#given,)*
            ..lb::MethodDef::new(#model, #name, #returns, #invoke, #location)
        };
        lb::submit! { lb::MethodEntry(DEF) }
    }
}

fn route_def(route: &Route) -> TokenStream {
    let path = &route.path.value;
    let verb = match route.verb {
        Verb::Get => "Get",
        Verb::Head => "Head",
        Verb::Post => "Post",
        Verb::Put => "Put",
        Verb::Patch => "Patch",
        Verb::Delete => "Delete",
        Verb::All => return quote!(lb::RouteDef { verb: ::core::option::Option::None, path: #path }),
    };
    let verb = format_ident!("{verb}");
    quote!(lb::RouteDef { verb: ::core::option::Option::Some(lb::Verb::#verb), path: #path })
}

fn arg_def(method: &Method, argument: &Argument) -> TokenStream {
    let Argument { name, ty, doc, .. } = argument;
    let name = &name.value;
    let source = match argument.source.as_ref().map(|source| source.value) {
        Some(Source::Path) => Some("Path"),
        Some(Source::Query) => Some("Query"),
        Some(Source::Body) => Some("Body"),
        Some(Source::Form) => Some("Form"),
        Some(Source::Header) => Some("Header"),
        None => method.in_every_path(argument).then_some("Path"),
    };
    let source = source.map(|source| {
        let source = format_ident!("{source}");
        quote!(source: lb::ArgSourceDef::#source)
    });
    let default = argument.default.as_ref().map(|default| {
        let literal = literal_def(argument.shape.base, &default.value);
        quote!(required: false, default: ::core::option::Option::Some(#literal))
    });
    // `of` would say the shape as well. Said here it makes a type that cannot be an argument one error at its place,
    // without a word about functions that the user does not know.
    let shape = quote_spanned!(generated_at(ty.span())=> <#ty as lb::RemoteArg>::SHAPE);
    let given = [(!doc.is_empty()).then(|| quote!(doc: #doc)), source, default].into_iter().flatten();
    quote!(lb::ArgDef { shape: #shape, #(#given,)* ..lb::ArgDef::of::<#ty>(#name) })
}

/// The closure that takes the arguments out of a call, and leaves the answer there.
fn invoke(own: &Type, function: &Function, method: &Method) -> TokenStream {
    let at = function.ident.span();
    let [call_ident, cx, this, answer] = ["call", "cx", "this", "answer"].map(|name| local(name, at));
    let mut lets = Vec::new();
    let mut passed = Vec::new();
    if method.params.iter().any(|param| matches!(param, Param::Context)) {
        lets.push(quote!(let #cx = lb::context(#call_ident);));
    }
    if let Some(receiver) = method.receiver {
        let (mutable, lent) = match receiver {
            Receiver::Shared => (None, quote!(&#this)),
            Receiver::Mutable => (Some(quote!(mut)), quote!(&mut #this)),
        };
        lets.push(quote!(let #mutable #this = lb::instance::<#own>(#call_ident)?;));
        passed.push(lent);
    }
    let mut index = 0;
    for param in &method.params {
        match param {
            Param::Context => passed.push(quote!(&#cx)),
            Param::Call { mutable: false, .. } => passed.push(quote!(&*#call_ident)),
            Param::Call { mutable: true, .. } => passed.push(quote!(&mut *#call_ident)),
            Param::Argument(argument) => {
                let Argument { ident, ty, .. } = &**argument;
                let variable = Ident::new(&format!("arg_{}", plain(ident)), generated_at(ident.span()));
                let at = LiteralToken::usize_unsuffixed(index);
                lets.push(quote!(let #variable = lb::argument::<#ty>(#call_ident, #at)?;));
                passed.push(quote!(#variable));
                index += 1;
            }
        }
    }
    let called = call(own, function, quote!(#(#passed),*));
    let ty = method.answer.iter();
    // At the error's type, as one that is no `loopback::Error` is reported there.
    let given = local("answer", function.error_at);
    let done = quote_spanned!(generated_at(function.error_at)=> lb::answer::<#(#ty)*, _>(#call_ident, #given));
    closure(
        function,
        &call_ident,
        quote! {
            #(#lets)*
            let #answer = #called;
            #done
        },
    )
}

fn hook_entry(own: &Type, function: &Function, hook: &Hook) -> TokenStream {
    let op = local("op", function.ident.span());
    let phase = format_ident!("{}", hook.phase.context());
    // With the very span of the block's type: one that is no model is then reported once, by the definition above.
    let context = quote_spanned!(own.span()=> &mut lb::#phase::of(#op));
    let called = call(own, function, context);
    let given = hooked(function, called);
    let def = quote!(phase: lb::Phase::#phase);
    entry("Hook", own, function, def, hook.order, closure(function, &op, given))
}

fn remote_hook_entry(own: &Type, function: &Function, hook: &RemoteHook) -> TokenStream {
    let call_ident = local("call", function.ident.span());
    let (phase, methods) = (format_ident!("{}", hook.phase.variant()), &hook.methods);
    let called = call(own, function, quote!(#call_ident));
    let given = hooked(function, called);
    let def = quote!(phase: lb::RemotePhase::#phase, methods: &[#(#methods),*]);
    entry("RemoteHook", own, function, def, hook.order, closure(function, &call_ident, given))
}

/// What a hook answers with. At the error's type, as one that is no `loopback::Error` is reported there.
fn hooked(function: &Function, called: impl ToTokens) -> TokenStream {
    let at = function.error_at;
    let answer = local("answer", at);
    let declared = local("answer", function.ident.span());
    let hooked = quote_spanned!(generated_at(at)=> lb::hooked(#answer));
    quote!(let #declared = #called; #hooked)
}

fn entry(
    kind: &str,
    own: &Type,
    function: &Function,
    def: impl ToTokens,
    order: i16,
    call: impl ToTokens,
) -> TokenStream {
    let (entry, definition) = (format_ident!("{kind}Entry"), format_ident!("{kind}Def"));
    let (model, name, location) = (model(own), plain(&function.ident), location(&function.ident));
    let order = crate::support::literal::int_tokens(i64::from(order));
    quote! {
        const DEF: lb::#definition = lb::#definition {
            model: #model,
            #def,
            order: #order,
            name: #name,
            call: #call,
            location: #location,
        };
        lb::submit! { lb::#entry(DEF) }
    }
}
