//! Definitions that do not fit together: the app is not built, and says all of it, with the places.

use super::instances::{Kiosk, KioskNote};
use super::tool::Tool;
use loopback::__private as lb;
use loopback::graph::{Definitions, Graph, GraphDefaults};
use loopback::meta::{
    ArgDef, Location, MethodDef, ModelDef, PropertyDef, RemoteHookDef, RemotePhase, ReturnsDef, RouteDef, SettingsDef,
    Verb,
};
use loopback::prelude::*;

fn method(name: &'static str, line: u32) -> MethodDef {
    let location = Location { file: "src/kiosk.rs", line };
    MethodDef::new(
        || Kiosk::DEF,
        name,
        ReturnsDef::of::<()>(),
        |call| Box::pin(async { lb::answer(call, Ok::<_, Error>(())) }),
        location,
    )
}

fn routed(name: &'static str, line: u32, routes: &'static [RouteDef]) -> MethodDef {
    MethodDef { routes, ..method(name, line) }
}

fn hook(methods: &'static [&'static str], line: u32) -> RemoteHookDef {
    RemoteHookDef {
        model: || Kiosk::DEF,
        phase: RemotePhase::Before,
        methods,
        order: 0,
        name: "guard",
        call: |_| Box::pin(async { Ok(()) }),
        location: Location { file: "src/kiosk.rs", line },
    }
}

#[allow(clippy::needless_update, reason = "there will be more to define")]
fn faults(methods: &[MethodDef], remote_hooks: &[RemoteHookDef]) -> Vec<String> {
    let models = vec![Kiosk::DEF, KioskNote::DEF];
    let defs = Definitions {
        models,
        methods: methods.to_vec(),
        remote_hooks: remote_hooks.to_vec(),
        ..Definitions::default()
    };
    match Graph::build_with(&defs, &GraphDefaults::default()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.0.into_iter().map(|fault| format!("{} {}", fault.location, fault.message)).collect(),
    }
}

const GET_NEAR: &[RouteDef] = &[RouteDef { verb: Some(Verb::Get), path: "/near" }];
const GET_ANY: &[RouteDef] = &[RouteDef { verb: Some(Verb::Get), path: "/{name}" }];
const NEAR_ID: &[RouteDef] = &[RouteDef { verb: Some(Verb::Get), path: "/near/{place}" }];

#[test]
fn two_methods_cannot_share_a_name() {
    assert_eq!(
        faults(&[method("near", 2), method("near", 1), method("upsert", 3)], &[]),
        [
            "src/kiosk.rs:2 Kiosk.near: has the same name as the remote method of src/kiosk.rs:1",
            "src/kiosk.rs:3 Kiosk.upsert: has the same name as the built-in method `patchOrCreate`; give it another one \
             with `name = \"..\"`",
        ]
    );
}

#[test]
fn two_methods_cannot_share_a_route() {
    let found = faults(&[routed("near", 1, GET_NEAR), routed("close", 2, GET_NEAR)], &[]);
    assert_eq!(found, ["src/kiosk.rs:1 Kiosk.near: `GET /near` is the route of `close` of src/kiosk.rs:2, too"]);
    let with_name = MethodDef { args: const { &[ArgDef::of::<String>("name")] }, ..routed("named", 1, GET_ANY) };
    assert_eq!(
        faults(&[with_name], &[]),
        ["src/kiosk.rs:1 Kiosk.named: `GET /{name}` is the route of the built-in method `findById` (`disable(..)` it \
             to take its place), too"]
    );
    assert!(faults(&[routed("near", 1, GET_NEAR)], &[]).is_empty(), "a word is no id");
}

#[test]
fn a_parameter_of_a_path_is_an_argument() {
    let method = MethodDef { args: const { &[ArgDef::of::<String>("places")] }, ..routed("near", 1, NEAR_ID) };
    assert_eq!(
        faults(&[method], &[]),
        ["src/kiosk.rs:1 Kiosk.near: the path `/near/{place}` has the parameter `{place}`, which is no argument; did \
             you mean `places`?"]
    );
}

#[test]
fn a_hook_is_for_methods_that_are_there() {
    assert_eq!(
        faults(
            &[],
            &[
                hook(&["creat"], 1),
                hook(&["prototype.other*", "no.*"], 2),
                hook(&["upsert", "*", "patchAttributes"], 3)
            ]
        ),
        [
            "src/kiosk.rs:1 the remote hook `guard` is for `creat`, which is no method of `Kiosk`; did you mean `create`?",
            "src/kiosk.rs:2 the remote hook `guard` is for `prototype.other*`, which is no method of `Kiosk`",
            "src/kiosk.rs:2 the remote hook `guard` is for `no.*`, which is no method of `Kiosk`",
        ]
    );
}

#[test]
fn models_of_arguments_are_in_the_application() {
    let method = MethodDef { args: const { &[ArgDef::of::<Tool>("tool")] }, ..method("near", 1) };
    assert_eq!(faults(&[method], &[]), ["src/kiosk.rs:1 Kiosk.near: there is no model `Tool` in the application"]);
}

#[test]
fn names_fit_the_values_of_an_answer() {
    let method = MethodDef { returns: ReturnsDef::named::<(i32, i32)>(&["a"]), ..method("near", 1) };
    assert_eq!(faults(&[method], &[]), ["src/kiosk.rs:1 Kiosk.near: the answer has 2 values and 1 name"]);
}

#[test]
fn methods_can_be_disabled_by_name() {
    let disabling = |disabled: &'static [&'static str]| {
        let settings = SettingsDef { disabled, ..SettingsDef::DEFAULT };
        let def: &'static ModelDef = Box::leak(Box::new(stand(settings)));
        let methods = vec![MethodDef { model: || &STAND, ..routed("near", 1, GET_NEAR) }];
        let defs = Definitions { models: vec![def], methods, ..Definitions::default() };
        Graph::build_with(&defs, &GraphDefaults::default())
    };
    let names = |graph: Graph| -> Vec<String> {
        let model = graph.model("Stand").expect("the model");
        model.methods.iter().map(|method| method.name.to_string()).collect()
    };
    assert!(names(disabling(&[]).unwrap()).contains(&"near".to_owned()));
    let left = names(disabling(&["near", "find"]).unwrap());
    assert!(!left.contains(&"near".to_owned()) && !left.contains(&"find".to_owned()), "{left:?}");
    let unknown = disabling(&["nea"]).unwrap_err();
    assert_eq!(unknown.0[0].message, "model `Stand` disables the unknown method `nea`");
}

const IDS: &[PropertyDef] = &[PropertyDef { id: true, generated: true, ..PropertyDef::of::<i64>("id", "id", "id") }];

const fn stand(settings: SettingsDef) -> ModelDef {
    ModelDef {
        base: None,
        name: "Stand",
        doc: "",
        table: None,
        plural: None,
        http_path: None,
        properties: IDS,
        relations: &[],
        acls: &[],
        settings,
        location: Location { file: "src/stand.rs", line: 1 },
    }
}

static STAND: ModelDef = stand(SettingsDef::DEFAULT);
