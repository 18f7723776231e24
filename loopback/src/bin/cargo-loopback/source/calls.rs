//! Calls on the builder of the app: `builder.enable_auth()`.

use super::models::module;
use super::{Source, is, is_for_tests, plain};
use crate::fault::{Result, fault};
use crate::tree::Tree;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprClosure, ExprMethodCall, ExprReturn, FnArg, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod,
    Local, Pat, Type,
};

/// rustfmt's width of a chain of calls on one line.
const CHAIN: usize = 60;

/// Whether the app has one of these calls already. What tests call, the app does not.
pub(crate) fn has(tree: &Tree, calls: &[&str]) -> bool {
    let mut look = Look { calls, found: false };
    // Few files have the word; only those are looked at closely.
    let word = |text: &str| calls.iter().any(|call| text.contains(call));
    for (path, source) in sources(tree, word) {
        if !is_of_tests(tree, path) {
            look.visit_file(&source.file);
        }
    }
    look.found
}

/// The files of some texts that are Rust, and no test.
fn sources<'t>(tree: &'t Tree, of: impl Fn(&str) -> bool) -> impl Iterator<Item = (&'t str, Source<'t>)> {
    let texts = tree.below("src", ".rs").filter(move |(_, text)| of(text));
    let all = texts.filter_map(|(path, text)| Some((path, Source::parse(path, text).ok()?)));
    all.filter(|(_, source)| !is_for_tests(&source.file.attrs))
}

/// Whether a file is one that `#[cfg(test)] mod tests;` of another names.
fn is_of_tests(tree: &Tree, path: &str) -> bool {
    let own = module(path);
    sources(tree, |text| text.contains("cfg")).any(|(above, source)| {
        let parts = module(above);
        let names = source.file.items.iter().filter_map(|item| match item {
            Item::Mod(item) if item.content.is_none() && is_for_tests(&item.attrs) => Some(plain(&item.ident)),
            _ => None,
        });
        names.into_iter().any(|name| own.starts_with(&parts) && own.get(parts.len()) == Some(&name.as_str()))
    })
}

/// Looks for calls in what is not a test.
struct Look<'c> {
    calls: &'c [&'c str],
    found: bool,
}

impl<'ast> Visit<'ast> for Look<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        if !is_for_tests(&block.attrs) {
            visit::visit_item_impl(self, block);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.found |= self.calls.iter().any(|name| call.method == name);
        visit::visit_expr_method_call(self, call);
    }
}

/// Puts a call, `.enable_auth()`, on the builder of the app, and says in which file.
///
/// # Errors
/// Nothing in the source is one for certain.
pub(crate) fn add(tree: &mut Tree, call: &str) -> Result<String> {
    // The library goes first: there it counts for tests, too.
    let files = ["src/lib.rs", "src/app.rs", "src/main.rs"];
    let others: Vec<String> = tree.below("src", ".rs").map(|(path, _)| path.to_owned()).collect();
    let all = files.iter().map(|path| (*path).to_owned()).chain(others);
    let mut best: Option<(usize, String, String)> = None;
    for path in all {
        let Some(text) = tree.get(&path).filter(|text| text.contains("App")) else { continue };
        let Some((weight, text)) = with_call(&path, text, call)? else { continue };
        if best.as_ref().is_none_or(|(best, ..)| *best < weight) && !is_of_tests(tree, &path) {
            best = Some((weight, path, text));
        }
    }
    let Some((_, path, text)) = best else {
        return Err(fault(format!(
            "the source has no builder of an app to add `{call}` to: `App::from_env()?`, or a function that takes an `AppBuilder`, \
             where it holds in any case"
        )));
    };
    tree.set(&path, text);
    Ok(path)
}

/// The text with the call, and how certain its place is.
fn with_call(path: &str, text: &str, call: &str) -> Result<Option<(usize, String)>> {
    let source = Source::parse(path, text)?;
    let mut chains = Chains { source: &source, builders: Vec::new(), best: None };
    if !is_for_tests(&source.file.attrs) {
        chains.visit_file(&source.file);
    }
    Ok(chains.best.map(|chain| (chain.weight, chain.with(&source, call))))
}

/// A builder with the calls on it.
struct Chain {
    /// Where the builder itself ends.
    root: usize,
    start: usize,
    end: usize,
    /// Where the dots stand.
    dots: Vec<usize>,
    /// A parameter of the application's own function goes before a call of `App`.
    weight: usize,
}

struct Chains<'s, 't> {
    source: &'s Source<'t>,
    builders: Vec<String>,
    best: Option<Chain>,
}

impl<'ast> Visit<'ast> for Chains<'_, '_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if in_some_builds(&function.attrs) {
            return;
        }
        let own = function.sig.inputs.iter().filter_map(builder).collect();
        let outer = std::mem::replace(&mut self.builders, own);
        visit::visit_item_fn(self, function);
        self.builders = outer;
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !in_some_builds(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        if !in_some_builds(&block.attrs) {
            visit::visit_item_impl(self, block);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !in_some_builds(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if in_some_builds(&local.attrs) {
            return;
        }
        let Some(init) = &local.init else { return };
        self.visit_expr(&init.expr);
        if let Some((_, otherwise)) = &init.diverge {
            self.pass(otherwise);
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            // What is assigned to is no place for a call.
            Expr::Assign(assign) => return self.visit_expr(&assign.right),
            // Runs in some cases, or more than once.
            Expr::If(_)
            | Expr::Match(_)
            | Expr::While(_)
            | Expr::ForLoop(_)
            | Expr::Loop(_)
            | Expr::Closure(_)
            // Lent, not handed on.
            | Expr::Reference(_) => return self.pass(expr),
            _ => {}
        }
        let (root, mut dots) = root(self.source, expr);
        let weight = self.weight(root);
        if weight > 0 {
            if self.best.as_ref().is_none_or(|best| best.weight < weight) {
                dots.sort_unstable();
                let (range, root) = (self.source.range(expr.span()), self.source.range(root.span()));
                self.best = Some(Chain { root: root.end, start: range.start, end: range.end, dots, weight });
            }
            return;
        }
        visit::visit_expr(self, expr);
    }
}

/// Whether an item is there under a condition, as in tests.
fn in_some_builds(attributes: &[Attribute]) -> bool {
    is_for_tests(attributes) || attributes.iter().any(|attribute| is(attribute, "cfg"))
}

/// Looks for a `return`.
struct Returns(bool);

impl<'ast> Visit<'ast> for Returns {
    fn visit_expr_return(&mut self, _: &'ast ExprReturn) {
        self.0 = true;
    }

    // They return from themselves.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_item(&mut self, _: &'ast Item) {}
}

impl Chains<'_, '_> {
    /// Passes over what does not run in every case. Where it may hand the builder back, no place behind it is certain.
    fn pass(&mut self, expr: &Expr) {
        let mut returns = Returns(false);
        returns.visit_expr(expr);
        if returns.0 {
            self.builders.clear();
        }
    }

    fn weight(&self, root: &Expr) -> usize {
        match root {
            Expr::Path(path) if path.path.get_ident().is_some_and(|name| self.builders.iter().any(|it| name == it)) => {
                2
            }
            Expr::Try(inner) => usize::from(of_app(&inner.expr)),
            other => usize::from(of_app(other)),
        }
    }
}

/// `App::builder()`, `App::from_env()`, `App::from_folder(..)`.
fn of_app(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    let Expr::Path(path) = &*call.func else { return false };
    let names: Vec<_> = path.path.segments.iter().rev().map(|segment| segment.ident.to_string()).collect();
    matches!(names.as_slice(), [name, app, ..] if app == "App" && ["builder", "from_env", "from_folder"].contains(&name.as_str()))
}

/// The name of a parameter that is an `AppBuilder`.
fn builder(argument: &FnArg) -> Option<String> {
    let FnArg::Typed(argument) = argument else { return None };
    let Type::Path(ty) = &*argument.ty else { return None };
    let Pat::Ident(name) = &*argument.pat else { return None };
    ty.path.segments.last().filter(|last| last.ident == "AppBuilder").map(|_| name.ident.to_string())
}

/// What a chain of calls begins with, and where its dots are.
fn root<'e>(source: &Source<'_>, expr: &'e Expr) -> (&'e Expr, Vec<usize>) {
    let mut dots = Vec::new();
    let mut at = expr;
    loop {
        at = match at {
            Expr::MethodCall(call) => {
                dots.push(source.range(call.dot_token.span()).start);
                &call.receiver
            }
            Expr::Await(wait) => {
                dots.push(source.range(wait.dot_token.span()).start);
                &wait.base
            }
            Expr::Try(inner) if !of_app(&inner.expr) => &inner.expr,
            _ => return (at, dots),
        };
    }
}

impl Chain {
    fn with(&self, source: &Source<'_>, call: &str) -> String {
        let indent = source.indent(self.start);
        let old = &source.text[self.start..self.end];
        let broken = format!("\n{indent}    {call}");
        if old.contains('\n') {
            // As the others stand: below each other.
            let below = self.dots.first().is_some_and(|dot| source.text[self.root..*dot].contains('\n'));
            return source.insert(self.root, if below { &broken } else { call });
        }
        let line = source.text[source.line_start(self.start)..source.line_end(self.end)].trim_end().chars().count();
        if old.chars().count() + call.chars().count() <= CHAIN && line + call.chars().count() <= super::methods::WIDTH {
            return source.insert(self.root, call);
        }
        // Too long for one line: each call on its own.
        let mut out = source.text.to_owned();
        let end = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
        for dot in self.dots.iter().rev() {
            out.insert_str(*dot, &format!("{end}{indent}    "));
        }
        out.insert_str(self.root, &broken.replace('\n', end));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{add, has};
    use crate::tree::Tree;

    fn added(text: &str, call: &str) -> String {
        let mut tree = Tree::from([("src/lib.rs", text)]);
        add(&mut tree, call).unwrap();
        assert!(has(&tree, &[call.trim_start_matches('.').split('(').next().unwrap()]));
        tree.get("src/lib.rs").unwrap().to_owned()
    }

    #[test]
    fn a_call_stands_first_on_the_builder() {
        for (text, expected) in [
            (
                "fn app(builder: AppBuilder) -> AppBuilder {\n    builder.title(\"A\")\n}\n",
                "fn app(builder: AppBuilder) -> AppBuilder {\n    builder.enable_auth().title(\"A\")\n}\n",
            ),
            (
                "fn app(builder: AppBuilder) -> AppBuilder {\n    builder\n}\n",
                "fn app(builder: AppBuilder) -> AppBuilder {\n    builder.enable_auth()\n}\n",
            ),
            (
                "async fn main() -> Result<()> {\n    App::from_env()?.serve().await\n}\n",
                "async fn main() -> Result<()> {\n    App::from_env()?.enable_auth().serve().await\n}\n",
            ),
            (
                "fn app(b: AppBuilder) -> AppBuilder {\n    b\n        .title(\"A\") // t\n        .health()\n}\n",
                "fn app(b: AppBuilder) -> AppBuilder {\n    b\n        .enable_auth()\n        .title(\"A\") // t\n        .health()\n}\n",
            ),
            (
                "fn app(b: AppBuilder) -> AppBuilder {\n    b.title(\"A title that is rather long for one line\").health()\n}\n",
                "fn app(b: AppBuilder) -> AppBuilder {\n    b\n        .enable_auth()\n        .title(\"A title that is rather long for one line\")\n        .health()\n}\n",
            ),
            (
                "async fn main() -> Result<()> {\n    a(App::from_env()?).serve().await\n}\n",
                "async fn main() -> Result<()> {\n    a(App::from_env()?.enable_auth()).serve().await\n}\n",
            ),
            (
                "fn app(mut builder: AppBuilder) -> AppBuilder {\n    // TODO: call .enable_auth()\n    builder = builder.title(\"A\");\n    builder\n}\n",
                "fn app(mut builder: AppBuilder) -> AppBuilder {\n    // TODO: call .enable_auth()\n    builder = builder.enable_auth().title(\"A\");\n    builder\n}\n",
            ),
            (
                "fn app(b: AppBuilder) -> AppBuilder {\n    let b = if cfg!(x) { b.title(\"A\") } else { b };\n    look(&b);\n    b.health()\n}\n",
                "fn app(b: AppBuilder) -> AppBuilder {\n    let b = if cfg!(x) { b.title(\"A\") } else { b };\n    look(&b);\n    b.enable_auth().health()\n}\n",
            ),
            (
                "#[cfg(test)]\nmod tests {\n    fn app(b: AppBuilder) -> AppBuilder {\n        b.enable_auth()\n    }\n}\n#[cfg(x)]\nfn with(b: AppBuilder) {}\nfn app(b: AppBuilder) -> AppBuilder {\n    b\n}\n",
                "#[cfg(test)]\nmod tests {\n    fn app(b: AppBuilder) -> AppBuilder {\n        b.enable_auth()\n    }\n}\n#[cfg(x)]\nfn with(b: AppBuilder) {}\nfn app(b: AppBuilder) -> AppBuilder {\n    b.enable_auth()\n}\n",
            ),
        ] {
            assert!(!has(&Tree::from([("src/lib.rs", text)]), &["enable_auth"]), "{text}");
            assert_eq!(added(text, ".enable_auth()"), expected);
        }
    }

    #[test]
    fn a_function_of_the_app_goes_before_a_call_of_another_file() {
        let mut tree = Tree::from([
            ("src/lib.rs", "#[cfg(test)]\nmod tests;\nfn other() {\n    App::builder();\n}\n"),
            ("src/tests.rs", "fn app(b: AppBuilder) -> AppBuilder {\n    b.health()\n}\n"),
            ("src/web.rs", "fn app(b: AppBuilder) -> AppBuilder {\n    b\n}\n"),
        ]);
        assert!(!has(&tree, &["health"]));
        assert_eq!(add(&mut tree, ".x()").unwrap(), "src/web.rs");
    }

    #[test]
    fn a_place_that_is_not_certain_is_none() {
        for text in [
            "fn app(b: AppBuilder) -> AppBuilder {\n    if x() { b.title(\"A\") } else { b }\n}\n",
            "fn app(b: AppBuilder) -> AppBuilder {\n    if x() {\n        return b;\n    }\n    b\n}\n",
            "fn app(b: AppBuilder) -> AppBuilder {\n    let Some(x) = y else { return b };\n    b.title(x)\n}\n",
            "#[cfg(test)]\nfn app(b: AppBuilder) -> AppBuilder {\n    b\n}\n",
            "#[tokio::test]\nasync fn app() {\n    App::builder();\n}\n",
        ] {
            let mut tree = Tree::from([("src/lib.rs", text)]);
            assert!(add(&mut tree, ".x()").unwrap_err().to_string().contains("no builder"), "{text}");
        }
    }

    #[test]
    fn without_a_builder_nothing_is_done() {
        let mut tree = Tree::from([("src/lib.rs", "struct App;\n")]);
        assert!(add(&mut tree, ".x()").unwrap_err().to_string().contains("no builder"));
        assert!(tree.changes().is_empty());
    }
}
