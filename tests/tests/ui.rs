//! What the macros show: mistakes with their messages (`ui`), and programs that compile (`ui-pass`).
//!
//! `TRYBUILD=overwrite cargo test -p loopback-tests --test ui` writes the messages anew.

#[test]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/**/*.rs");
}

#[test]
fn good_programs_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui-pass/*.rs");
}
