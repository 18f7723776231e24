//! What comes out: snapshots, and that the block is always there.

use super::super::{Attr, expand_alone};
use super::all;
use crate::model::expand_model;
use crate::support::testing::{assert_snapshot, messages};

use quote::{ToTokens, quote};

fn snapshot(name: &str, functions: impl ToTokens) {
    let expansion = expand_model(quote!(), quote!(impl CoffeeShop { #functions }));
    assert_snapshot(&format!("impl_block/snapshots/{name}"), expansion);
}

#[test]
fn the_expansion_of_a_method() {
    snapshot(
        "method.txt",
        quote! {
            /// The shops nearest to a place.
            #[remote_method(get, "/near", route(all, "/near/{unit}"), access = read, scopes("maps"), notes = "Far.")]
            async fn near(
                ctx: &Ctx,
                /// Where one is.
                at: GeoPoint,
                #[arg(default = 10)] limit: u32,
                #[arg(query, name = "in", default = 5)] radius: f64,
                unit: Option<String>,
            ) -> Result<Vec<Self>> {
                Self::find(ctx, Filter::new()).await
            }

            fn plain(&self) {}
        },
    );
}

#[test]
fn the_expansion_of_an_instance_method() {
    snapshot(
        "instance_method.txt",
        quote! {
            #[cfg(feature = "open")]
            #[acl(deny, "$everyone")]
            #[remote_method(returns("hours", "by"), status = 201, error_status = 418, inherited)]
            #[loopback::acl(allow, "$owner", execute)]
            fn open(
                &mut self,
                call: &mut RemoteCall,
                #[arg(header)] x_trace: Option<String>,
                #[arg(body)] r#for: Patch<Self>,
            ) -> Result<(u32, String), Closed> {
                Ok((1, x_trace))
            }
        },
    );
}

#[test]
fn the_expansion_of_hooks() {
    snapshot(
        "hooks.txt",
        quote! {
            #[operation_hook(before_save, order = -5)]
            async fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()> {
                Ok(())
            }

            #[remote_hook(after, create, find_by_id, "prototype.*")]
            fn announce(call: &mut RemoteCall) -> Result<()> {
                Ok(())
            }
        },
    );
}

#[test]
fn a_block_without_attributes_stays_as_it_is() {
    let block = quote!(impl CoffeeShop { const MOST: u32 = 1; fn shout(&self, (a, b): (u8, u8)) -> String {} });
    assert_eq!(expand_model(quote!(), block.clone()).to_string(), block.to_string());
}

#[test]
fn with_errors_the_block_stays_and_nothing_is_submitted() {
    let found = expand_model(
        quote!(),
        quote! {
            impl CoffeeShop {
                #[remote_method(got)]
                fn near(#[arg(query)] /** Far. */ at: u32) -> Result<()> {}
                #[operation_hook(access)]
                fn look(op: &mut Access<'_, Self>) -> Result<()> {}
                #[remote_hook]
                const A: u8 = 1;
                #[remote_method]
                type B = u8;
                #[remote_method]
                c!();
            }
        },
    )
    .to_string();
    let kept = quote! {
        impl CoffeeShop {
            fn near(at: u32) -> Result<()> {}
            fn look(op: &mut Access<'_, Self>) -> Result<()> {}
            const A: u8 = 1;
            type B = u8;
            c!();
        }
    };
    assert!(found.starts_with(&kept.to_string()), "{found}");
    assert!(!found.contains("submit"), "{found}");
    assert_eq!(found.matches("compile_error").count(), 4, "{found}");
}

#[test]
fn only_the_impl_block_of_a_model_is_read() {
    for (item, message) in [
        (
            quote!(impl Display for CoffeeShop { #[remote_method] fn near() {} }),
            "`#[model]` goes on `impl CoffeeShop { .. }`, found an impl of the trait `Display`",
        ),
        (
            quote!(
                impl<T> Page<T> {
                    #[remote_method]
                    fn near() {}
                }
            ),
            "an impl block with `#[model]` cannot be generic: a model is one table",
        ),
        (
            quote!(impl CoffeeShop where u8: Copy { #[remote_method] fn near() {} }),
            "an impl block with `#[model]` has no `where`: a model is one table",
        ),
        (
            quote!(impl Page<u8> { #[remote_method] fn near() {} }),
            "`#[model]` goes on an impl block of a model, found one of `Page<u8>`",
        ),
        (
            quote!(impl [u8] { #[remote_method] fn near() {} }),
            "`#[model]` goes on an impl block of a model, found one of `[u8]`",
        ),
    ] {
        let found = expand_model(quote!(), item);
        assert!(!found.to_string().contains("remote_method"), "{found}");
        assert_eq!(messages(found), [message]);
    }
    let found = expand_model(quote!(plural = "shops"), quote!(impl shop::CoffeeShop {}));
    assert_eq!(
        messages(found),
        ["`#[model]` on an impl block takes no keys, found `plural = \"shops\"`: they go on the struct"]
    );
}

#[test]
fn an_attribute_without_model_says_so() {
    for attr in [Attr::RemoteMethod, Attr::OperationHook, Attr::RemoteHook] {
        let found = expand_alone(
            attr,
            quote!(
                fn near(
                    #[arg(query)]
                    /** Far. */
                    at: u32,
                ) -> Result<()> {
                }
            ),
        );
        assert!(found.to_string().starts_with("fn near (at : u32 ,) -> Result < () > { }"), "{found}");
        assert_eq!(
            messages(found),
            [format!(
                "`#[{}]` goes on a function in an impl block with `#[model]`: \
                 write `#[model]` above `impl`, as in `#[model] impl CoffeeShop {{ .. }}`",
                attr.name()
            )]
        );
    }
    let found = expand_alone(
        Attr::RemoteHook,
        quote!(
            struct A;
        ),
    )
    .to_string();
    assert!(found.starts_with("struct A ;"), "{found}");
}

#[test]
fn our_attributes_go_on_functions_and_one_on_each() {
    assert_eq!(
        all(quote! {
            #[remote_method]
            const A: u8 = 1;
            #[operation_hook(access)]
            type B = u8;
            #[loopback::remote_hook]
            c!();
            #[other::remote_hook]
            const D: u8 = 1;
        }),
        [
            "`#[remote_method]` goes on a function, found a constant",
            "`#[operation_hook]` goes on a function, found a type",
            "`#[remote_hook]` goes on a function, found a macro call",
        ]
    );
    let found = all(quote! {
        #[remote_method]
        #[remote_method]
        #[remote_hook(before, create)]
        fn near() -> Result<()> {}
        #[operation_hook(access)]
        #[operation_hook(loaded)]
        fn look(op: &mut Access<'_, Self>) -> Result<()> {}
    });
    assert_eq!(
        found,
        [
            "`#[remote_method]` stands twice on `near`; it may stand once: \
             further routes go into it, as in `route(get, \"/path\")`",
            "`near` has `#[remote_method]`, so it cannot have `#[remote_hook]` as well: write two functions",
            "`#[operation_hook]` stands twice on `look`; it may stand once: write a second function for a second hook",
        ]
    );
}
