//! Several hooks of a phase: their order, what they share, and those that a model has from its base.

use super::log::{Log, logged_cases};
use super::models::models;
use super::ok;
use loopback::prelude::*;
use loopback_tests::lab::{Database, Lab, run};
use serde_json::json;
use std::sync::{Arc, Mutex};

#[model]
#[derive(Clone)]
pub struct Creature {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 2))]
    pub name: String,
    #[property(default = 1)]
    pub age: i64,
    #[property(default = false)]
    pub shy: bool,
}

/// Its own properties come first, so that those of the base have other places than there.
#[model(base = Creature)]
pub struct Bird {
    pub song: Option<String>,
    pub wings: i64,
    #[base]
    pub creature: Creature,
}

#[model(base = Bird)]
pub struct Parrot {
    pub words: Option<String>,
    #[base]
    pub bird: Bird,
}

/// What hooks of an operation hand on.
#[derive(Debug, PartialEq)]
struct Count(u32);

/// Writes a line into the log that the observer has left in the state.
fn say(state: &mut loopback::hooks::HookState, line: &str) {
    if let Some(count) = state.get_mut::<Count>() {
        count.0 += 1;
    } else {
        state.insert(Count(1));
    }
    let count = state.get::<Count>().map_or(0, |count| count.0);
    if let Some(log) = state.get::<Log>() {
        log.say(format!("{line} {count}"));
    }
}

#[model]
impl Creature {
    #[operation_hook(before_save, order = 7)]
    fn seventh(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        say(op.hook_state(), "seventh");
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn first(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        say(op.hook_state(), "first");
        let creature = Self::props();
        if let Some(current) = op.current_instance()? {
            op.set(creature.age, current.age + 1);
        }
        op.update(creature.name, |name| name.trim().to_owned());
        Ok(())
    }

    #[operation_hook(before_save)]
    async fn second(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        say(op.hook_state(), "second");
        Ok(())
    }

    #[operation_hook(before_save, order = -3)]
    async fn before_all(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        say(op.hook_state(), "before all");
        Ok(())
    }

    #[operation_hook(access)]
    async fn hide(op: &mut Access<'_, Self>) -> Result<()> {
        say(op.hook_state(), "hide");
        op.narrow(Self::props().shy.eq(false));
        Ok(())
    }

    #[operation_hook(after_save)]
    async fn saved(op: &mut AfterSave<'_, Self>) -> Result<()> {
        let name = op.instance()?.map(|creature| format!("{} {}", creature.name, creature.age));
        say(op.hook_state(), &format!("saved {}", name.unwrap_or_default()));
        Ok(())
    }

    #[operation_hook(before_delete)]
    async fn deleting(op: &mut BeforeDelete<'_, Self>) -> Result<()> {
        let name = op.instance()?.map(|creature| creature.name.clone());
        say(op.hook_state(), &format!("deleting {}", name.unwrap_or_default()));
        op.narrow(Self::props().name.neq("kept"));
        Ok(())
    }
}

#[model]
impl Bird {
    #[operation_hook(before_save)]
    async fn of_birds(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        say(op.hook_state(), "bird");
        if op.is_whole() && op.get(Self::props().wings).is_none() {
            op.set(Self::props().wings, 2);
        }
        Ok(())
    }

    #[operation_hook(loaded)]
    async fn sing(op: &mut Loaded<'_, Self>) -> Result<()> {
        if let Some(song) = op.get(Self::props().song).flatten() {
            op.set(Self::props().song, format!("{song}!"));
        }
        Ok(())
    }
}

#[model]
impl Parrot {
    #[operation_hook(before_save, order = -9)]
    async fn of_parrots(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        say(op.hook_state(), "parrot");
        Ok(())
    }
}

logged_cases!(models![Creature, Bird, Parrot];
    hooks_run_in_order_and_share_a_state
    hooks_of_a_base_hold_for_models_that_extend_it
    hooks_of_a_base_know_the_properties_of_each_model
    a_state_is_of_one_operation
);

async fn hooks_run_in_order_and_share_a_state(lab: Lab, log: Log) {
    Creature::create(&lab.ctx, set!(Creature { name: "aa" })).await.unwrap();
    let want = [
        "Creature before save",
        "before all 1",
        "first 2",
        "second 3",
        "seventh 4",
        "Creature persist",
        "Creature loaded",
        "Creature after save",
        "saved aa 1 5",
    ];
    assert_eq!(log.take(), want);
}

async fn hooks_of_a_base_hold_for_models_that_extend_it(lab: Lab, log: Log) {
    Parrot::create(&lab.ctx, set!(Parrot { name: " polly " })).await.unwrap();
    // By `order`; of the same order those of the base first.
    let want = [
        "Parrot before save",
        "parrot 1",
        "before all 2",
        "first 3",
        "second 4",
        "bird 5",
        "seventh 6",
        "Parrot persist",
        "Parrot loaded",
        "Parrot after save",
        "saved polly 1 7",
    ];
    assert_eq!(log.take(), want);
    ok(&lab.rest().get("/api/Parrots").await);
    assert_eq!(log.take(), ["Parrot access", "hide 1", "Parrot loaded"]);
    ok(&lab.rest().get("/api/Creatures").await);
    assert_eq!(log.take(), ["Creature access", "hide 1"], "a table of its own");
}

async fn hooks_of_a_base_know_the_properties_of_each_model(lab: Lab, log: Log) {
    let rest = lab.rest();
    let made = rest.create("/api/Parrots", json!({ "name": "  polly ", "song": "la", "words": "w" })).await;
    let id = made["id"].clone();
    let want = json!({
        "id": id, "name": "polly", "age": 1, "shy": false, "song": "la", "wings": 2, "words": "w",
    });
    let mut with_song = want.clone();
    assert_eq!(made, want);
    let path = format!("/api/Parrots/{id}");
    log.take();
    // The name is validated as the hook of the base leaves it.
    assert_eq!(rest.json("PATCH", &path, json!({ "name": " x " })).await.status, 422);
    log.take();
    let patched = ok(&rest.json("PATCH", &path, json!({ "wings": 3 })).await);
    assert_eq!((&patched["age"], &patched["wings"]), (&json!(2), &json!(3)), "one more than the instance had");
    assert!(log.take().last().is_some_and(|line| line.starts_with("saved polly 2")));
    with_song["age"] = 2.into();
    with_song["wings"] = 3.into();
    with_song["song"] = "la!".into();
    assert_eq!(ok(&rest.get(&path).await), with_song);
    // What the base hides is hidden.
    rest.create("/api/Parrots", json!({ "name": "shy one", "shy": true })).await;
    assert_eq!(ok(&rest.get("/api/Parrots/count").await), json!({ "count": 1 }));
    let kept = Parrot::create(&lab.ctx, set!(Parrot { name: "kept" })).await.unwrap();
    log.take();
    assert_eq!(kept.destroy(&lab.ctx).await.unwrap_err().status(), 404);
    assert_eq!(log.take()[1], "deleting kept 1");
    assert_eq!(Parrot::destroy_all(&lab.ctx, ()).await.unwrap(), 1);
    assert_eq!(ok(&rest.get("/api/Parrots").await)[0]["name"], "kept");
}

async fn a_state_is_of_one_operation(lab: Lab, log: Log) {
    let list = [set!(Creature { name: "aa" }), set!(Creature { name: "bb" })];
    Creature::create_many(&lab.ctx, list).await.unwrap();
    let counts: Vec<_> = log.take().into_iter().filter(|line| line.starts_with("seventh")).collect();
    assert_eq!(counts, ["seventh 4", "seventh 4"]);
    let found = Creature::find_or_create(&lab.ctx, Creature::props().name.eq("cc"), set!(Creature { name: "cc" }));
    assert!(found.await.unwrap().1);
    let lines = log.take();
    assert!(lines.contains(&"hide 1".to_owned()) && lines.contains(&"before all 1".to_owned()), "{lines:?}");
}

/// Observers run in the order in which they were added, before the hooks of the model; they read and write JSON.
#[test]
fn observers_run_first_and_change_the_data() {
    let log = Log::default();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (own, types, other) = (log.clone(), seen.clone(), log.clone());
    let options = |builder: AppBuilder| {
        builder
            .observe(Phase::BeforeSave, move |op| {
                own.say("one");
                types.lock().unwrap().push(op.model().name.to_string());
                op.hook_state().insert(own.clone());
                Box::pin(async move {
                    op.set("name", json!(" observed "))?;
                    assert!(op.set("bogus", json!(1)).is_err());
                    assert!(op.set_where_json(json!({})).is_err(), "there is no condition to change");
                    op.set("age", json!("many"))
                })
            })
            .observe(Phase::BeforeSave, move |op| {
                other.say("two");
                let name = op.get("name");
                Box::pin(async move {
                    assert_eq!((name, op.get("age")), (Some(json!(" observed ")), None));
                    op.set("age", json!(5))
                })
            })
            .observe(Phase::AfterSave, |op| {
                Box::pin(async move {
                    assert!(op.set("age", json!(6)).is_err(), "it is saved");
                    Ok(())
                })
            })
            .observe(Phase::Access, |op| Box::pin(async move { op.narrow_json(json!({ "age": { "lt": 6 } })) }))
    };
    run(Database::SqliteMemory, &models![Creature, Bird, Parrot], options, async |lab: Lab| {
        let made = lab.rest().create("/api/Birds", json!({ "name": "x", "age": "zz" })).await;
        assert_eq!((&made["name"], &made["age"]), (&json!("observed"), &json!(5)));
        let lines = log.take();
        assert_eq!(lines[..3], ["one", "two", "before all 1"]);
        assert_eq!(*seen.lock().unwrap(), ["Bird"]);
        lab.sql("UPDATE bird SET age = 6").await;
        assert_eq!(ok(&lab.rest().get("/api/Birds").await), json!([]));
    });
}
