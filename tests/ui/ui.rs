//! What the macros show: mistakes with their messages, and programs that compile (`pass`).
//!
//! `TRYBUILD=overwrite cargo test -p loopback-ui-tests` writes the messages anew.

#[test]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    for folder in [
        "acl",
        "boot",
        "main",
        "model",
        "operation_hook",
        "property_type",
        "readme",
        "relation",
        "remote_hook",
        "remote_method",
        "role_resolver",
    ] {
        cases.compile_fail(format!("{folder}/*.rs"));
    }
    cases.pass("pass/*.rs");
}
