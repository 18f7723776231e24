//! Random sets of rules: what the framework decides is what the naive reference decides, for every method and principal.

use crate::matrix::{Bench, Customer, app_in_memory, people, roles, shelved};
use crate::reference::{Policy, Rule};
use crate::world::*;
use loopback::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::{Duration, Instant};

/// Open to everybody.
#[model]
pub struct Rack {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub tossed: HasMany<Tossed>,
}

shelved!(Tossed, Rack, (plural = "Tossed"););

const PRINCIPALS: [&str; 10] = [
    "$everyone",
    "$everyone",
    "$authenticated",
    "$unauthenticated",
    "$owner",
    "$owner",
    "admin",
    "staff",
    "helpers",
    "user:",
];

/// `updateAttributes` has cases of its own.
const METHODS: [&str; 17] = [
    "find",
    "findOne",
    "findById",
    "exists",
    "count",
    "create",
    "patchAttributes",
    "replaceById",
    "deleteById",
    "removeById",
    "updateAll",
    "update",
    "patchOrCreate",
    "upsert",
    "ping",
    "shout",
    "__get__shelf",
];

fn one_of<'a>(dice: &mut StdRng, list: &[&'a str]) -> &'a str {
    list[dice.random_range(0..list.len())]
}

fn rule(dice: &mut StdRng, permissions: &[&str]) -> String {
    let permission = one_of(dice, permissions);
    let mut principal = one_of(dice, &PRINCIPALS).to_owned();
    if principal == "user:" {
        // The first people of a new database.
        principal.push_str(&dice.random_range(1..=4).to_string());
    }
    let access = one_of(dice, &["*", "*", "read", "write", "execute"]);
    let mut methods = Vec::new();
    for _ in 0..dice.random_range(0..3) {
        let method = one_of(dice, &METHODS);
        // The attributes refuse such a rule; what an app's own rule does has a case of its own.
        if !(methods.contains(&method) || principal == "$owner" && method == "create") {
            methods.push(method);
        }
    }
    format!("{permission} {principal} {access} {}", methods.join(","))
}

fn run(first_seed: u64, sets: u64, limit: Duration, permissions: &[&str]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let start = Instant::now();
    let mut done = 0;
    for seed in first_seed..first_seed + sets {
        if done >= 3 && start.elapsed() > limit {
            break;
        }
        let mut dice = StdRng::seed_from_u64(seed);
        let rules: Vec<Rule> = (0..dice.random_range(0..8)).map(|_| Rule::of(&rule(&mut dice, permissions))).collect();
        let denying = dice.random_range(0..3) == 0;
        let status = [401, 403, 404][dice.random_range(0..3)];
        let policy = Policy { rules, ..if denying { Policy::denying(&[]) } else { Policy::of(&[]) } };
        runtime.block_on(async {
            let rig = app_in_memory(models![Customer, Rack, Tossed], |mut builder| {
                builder = builder.enable_auth().acl_error_status(status).acl("Rack", AclRule::allow("$everyone"));
                if denying {
                    builder = builder.default_permission(Permission::Deny);
                }
                for rule in &policy.rules {
                    builder = builder.acl("Tossed", rule.for_app());
                }
                builder
            })
            .await;
            let [ada, bob, root, sam] = [
                user!(rig, Customer, "ada"),
                user!(rig, Customer, "bob"),
                user!(rig, Customer, "root"),
                user!(rig, Customer, "sam"),
            ];
            roles(&rig.ctx, &root, &sam).await;
            let rack =
                Rack::create(&rig.ctx, set!(Rack { name: format!("the rack of seed {seed}") })).await.unwrap().id;
            let bench = Bench::new::<Tossed>(&rig, "Rack", rack, "tossed", people(ada, bob, root, sam));
            bench.check::<Tossed>(&rig, &policy, status).await;
        });
        done += 1;
    }
    println!("{done} sets of rules in {:?}", start.elapsed());
}

#[test]
fn random_rules_that_allow_and_deny_are_judged_as_loopback_judges_them() {
    run(1, 60, Duration::from_secs(12), &["allow", "deny"]);
}

#[test]
fn random_rules_of_all_permissions_are_judged_as_loopback_judges_them() {
    run(1_000, 40, Duration::from_secs(7), &["allow", "deny", "audit", "alarm"]);
}
