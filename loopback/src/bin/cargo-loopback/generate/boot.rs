//! `boot-script`.

use super::{Report, app, method::title};
use crate::fault::Result;
use crate::names;
use crate::source::items::with_mod;
use crate::tree::Tree;

pub(super) fn add(tree: &mut Tree, name: &str, order: Option<i64>) -> Result<Report> {
    let name = names::file(name, "a boot script", "sample-data")?;
    let module = app::module(tree, "boot", "What runs at the start.")?;
    let order = order.map(|order| format!("(order = {order})")).unwrap_or_default();
    let text = format!(
        "use loopback::prelude::*;\n\n/// {}: runs when the tables are there, before anything is served.\n#[boot{order}]\n\
         pub async fn {name}(_ctx: Ctx) -> Result<()> {{\n    // Name it `ctx`, and write what is to be done; an error ends the start.\n    \
         Ok(())\n}}\n",
        title(&name)
    );
    tree.create(&format!("src/boot/{name}.rs"), text)?;
    let text = with_mod(&module, tree.get(&module).unwrap_or_default(), "pub ", &name)?;
    tree.set(&module, text);
    Ok(Report::next(["cargo run"]).say(format!("write what it does in src/boot/{name}.rs; the start lists it")))
}

#[cfg(test)]
mod tests {
    use super::add;
    use crate::tree::Tree;

    #[test]
    fn a_boot_script_is_a_function_with_its_order() {
        let mut tree = Tree::from([("src/main.rs", "mod models;\n\nfn main() {}\n")]);
        add(&mut tree, "sample-data", Some(-1)).unwrap();
        assert_eq!(tree.get("src/main.rs"), Some("mod boot;\nmod models;\n\nfn main() {}\n"));
        assert_eq!(tree.get("src/boot/mod.rs"), Some("//! What runs at the start.\n\npub mod sample_data;\n"));
        let text = tree.get("src/boot/sample_data.rs").unwrap();
        assert!(text.contains("#[boot(order = -1)]\npub async fn sample_data(_ctx: Ctx) -> Result<()> {"), "{text}");
        assert!(add(&mut tree, "sampleData", None).unwrap_err().to_string().contains("is there already"));
        assert!(add(&mut tree, "../x", None).is_err());
    }
}
