//! What is wrong with a model and its base is said at start, with file and line.

use loopback::graph::{Graph, GraphDefaults};
use loopback::prelude::*;

fn faults(defs: &[&'static loopback::meta::ModelDef]) -> Vec<String> {
    match Graph::build(defs, &GraphDefaults::default()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.0.into_iter().map(|fault| fault.message).collect(),
    }
}

mod names {
    use super::*;

    #[model(public = false)]
    pub struct Ground {
        #[property(id, generated)]
        pub id: i64,
        pub name: String,
        #[property(name = "code", column = "code_number")]
        pub number: i32,
        pub others: HasAndBelongsToMany<Self>,
    }

    #[model(base = Ground)]
    pub struct Upper {
        #[base]
        pub ground: Ground,
        pub name: String,
        pub code: String,
        #[property(name = "other", column = "Code_Number")]
        pub second: i32,
        pub others: HasMany<Self>,
        pub upper: BelongsTo<Self>,
    }

    #[test]
    fn are_those_of_the_base_or_new_ones() {
        assert_eq!(
            faults(&[Ground::DEF, Upper::DEF]),
            [
                "Upper.name: the base `Ground` has a field of that name: rename this one",
                "Upper.code: has the same JSON name `code` as `number` of the base `Ground`",
                "Upper.second: has the same column `Code_Number` as `number` of the base `Ground`",
                "Upper.others: the base `Ground` has a field of that name: rename this one",
                "Upper.others: another relation has the same name",
            ]
        );
        let Err(faults) = Graph::build(&[Ground::DEF, Upper::DEF], &GraphDefaults::default()) else { unreachable!() };
        let line = Upper::DEF.location.line;
        assert_eq!(faults.0[0].location, format!("{}:{}", file!(), line + 3), "the field of the model's own");
    }
}

mod relations {
    use super::*;

    #[model]
    pub struct Leaf {
        #[property(id, generated)]
        pub id: i64,
        pub trunk: BelongsTo<Trunk>,
    }

    #[model]
    pub struct Trunk {
        #[property(id, generated)]
        pub id: i64,
        pub leaves: HasMany<Leaf>,
        #[relation(through = "Mark")]
        pub leaf_marks: HasAndBelongsToMany<Leaf>,
    }

    #[model(base = Trunk)]
    pub struct Branch {
        #[base]
        pub trunk: Trunk,
    }

    #[test]
    fn that_lead_to_the_rows_of_the_base_cannot_be_taken_over() {
        let found = faults(&[Leaf::DEF, Trunk::DEF, Branch::DEF]);
        assert_eq!(
            found,
            [
                "Branch.leaves: Leaf has no BelongsTo<Branch>; `Branch` takes the relation over from its base `Trunk`, but \
                 has rows of its own: let the other model lead to both with a `BelongsToAny`, and name that with \
                 `polymorphic = field`",
                "Trunk.leaf_marks: goes through \"Mark\", which links two other models",
            ]
        );
    }
}

mod settings {
    use super::*;

    #[model(max_limit = 10)]
    pub struct Few {
        #[property(id, generated)]
        pub id: i64,
        #[property(default = 300, range(max = 5))]
        pub count: Count,
    }

    /// A type that the macro does not know.
    pub type Count = i8;

    #[model(base = Few, default_limit = 20)]
    pub struct Many {
        #[base]
        pub few: Few,
    }

    #[test]
    fn are_judged_together_and_faults_of_the_base_stand_once() {
        let found = faults(&[Few::DEF, Many::DEF]);
        let limits = "model `Many`: `default_limit` 20 is above `max_limit` 10; one of them comes from the base `Few`";
        assert!(found.iter().any(|message| message == limits), "{found:#?}");
        assert!(found.iter().all(|message| message == limits || message.starts_with("Few.count: ")), "{found:#?}");
        assert_eq!(found.iter().filter(|message| message.contains("the default")).count(), 1, "{found:#?}");
    }
}
