//! Timestamps, SoftDelete, and mixins of the application's own.

use super::models::models;
use super::ok;
use loopback::graph::{Graph, GraphDefaults};
use loopback::mixins::Mixed;
use loopback::prelude::*;
use loopback_tests::cases;
use loopback_tests::lab::Lab;
use serde_json::{Value as Json, json};

#[model(mixins(Timestamps), force_id = false)]
pub struct Note {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[model]
pub struct Folder {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(nest)]
    pub papers: HasMany<Paper>,
}

#[model(mixins(SoftDelete, Timestamps))]
pub struct Paper {
    #[property(id, generated)]
    pub id: i64,
    pub title: String,
    pub folder: Option<BelongsTo<Folder>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    #[relation(through = Signature)]
    pub signers: HasMany<Signer>,
}

#[model(mixins(SoftDelete))]
pub struct Signature {
    #[property(id, generated)]
    pub id: i64,
    pub paper: BelongsTo<Paper>,
    pub signer: BelongsTo<Signer>,
    pub deleted_at: Option<DateTime<Utc>>,
}

#[model]
pub struct Signer {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    #[relation(through = Signature)]
    pub papers: HasMany<Paper>,
}

/// Only those who have signed something are seen.
struct OfPapers;

#[model]
impl Signer {
    #[operation_hook(access)]
    fn of_papers(op: &mut Access<'_, Self>) -> Result<()> {
        if op.ctx().option::<OfPapers>().is_some() {
            op.narrow(Self::props().papers.any());
        }
        Ok(())
    }

    #[operation_hook(before_delete)]
    fn without_papers(op: &mut BeforeDelete<'_, Self>) -> Result<()> {
        op.narrow(Self::props().papers.is_empty());
        Ok(())
    }
}

/// Upper case for the property `title`, and a count of what was saved.
pub struct Shouting;

impl Mixin for Shouting {
    fn mix_into(model: &mut Mixed<'_>) {
        model.hook(Phase::BeforeSave, "shout", |op: &mut Operation| {
            let done = match op.get("title").and_then(|title| title.as_str().map(str::to_uppercase)) {
                Some(title) => op.set("title", title.into()),
                None => Ok(()),
            };
            Box::pin(async move { done })
        });
    }
}

#[model(mixins(Shouting, SoftDelete))]
pub struct Shout {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(max = 9))]
    pub title: String,
    pub deleted_at: Option<DateTime<Utc>>,
}

#[model]
impl Shout {
    #[operation_hook(before_save)]
    fn add(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        op.update(Self::props().title, |title| format!("{title}ß"));
        Ok(())
    }
}

#[model(mixins(Timestamps))]
pub struct Untimed {
    #[property(id, generated)]
    pub id: i64,
    pub create_at: DateTime<Utc>,
    pub updated_at: String,
}

#[model(mixins(SoftDelete))]
pub struct NeverGone {
    #[property(id, generated)]
    pub id: i64,
    pub deleted_at: DateTime<Utc>,
}

cases!(models![Note, Folder, Paper, Signature, Signer, Shout];
    timestamps_are_set_on_every_way_of_writing
    clients_do_not_set_timestamps
    what_is_deleted_is_nowhere_seen
    what_is_deleted_is_not_written
    deleted_links_lead_nowhere
    conditions_of_hooks_do_not_see_what_is_deleted
    a_deletion_keeps_the_row_and_its_time
    a_mixin_of_the_applications_own
);

/// So long ago that any time of today is another.
async fn age(lab: &Lab) {
    let long_ago: DateTime<Utc> = "2001-02-03T04:05:06Z".parse().unwrap();
    let set = set!(Note { created_at: long_ago, updated_at: long_ago });
    Note::update_all(&lab.ctx, (), set).await.unwrap();
}

async fn times(lab: &Lab, id: i64) -> (bool, bool) {
    let note = Note::find_by_id(&lab.ctx, id).await.unwrap().unwrap();
    let today = |time: DateTime<Utc>| Utc::now().signed_duration_since(time).num_hours().abs() < 24;
    (today(note.created_at), today(note.updated_at))
}

async fn timestamps_are_set_on_every_way_of_writing(lab: Lab) {
    let (ctx, rest) = (&lab.ctx, lab.rest());
    let made = ok(&rest.json("POST", "/api/Notes", json!({ "text": "a" })).await);
    assert!(made["createdAt"].is_string() && made["createdAt"] == made["updatedAt"], "{made}");
    let id = made["id"].as_i64().unwrap();
    assert_eq!(times(&lab, id).await, (true, true));
    let path = format!("/api/Notes/{id}");
    for (verb, path, body) in [
        ("PATCH", path.clone(), json!({ "text": "b" })),
        ("PUT", path.clone(), json!({ "text": "c" })),
        ("POST", format!("{path}/replace"), json!({ "text": "d" })),
        ("PATCH", "/api/Notes".into(), json!({ "id": id, "text": "e" })),
        ("PUT", "/api/Notes".into(), json!({ "id": id, "text": "e2" })),
        ("POST", "/api/Notes/replaceOrCreate".into(), json!({ "id": id, "text": "f" })),
        ("POST", "/api/Notes/upsertWithWhere?where[text]=f".into(), json!({ "text": "g" })),
        ("POST", "/api/Notes/update?where[text]=g".into(), json!({ "text": "h" })),
        ("PATCH", path.clone(), json!({})),
    ] {
        age(&lab).await;
        assert_eq!(times(&lab, id).await, (false, false), "the application's own code may");
        ok(&rest.json(verb, &path, body).await);
        assert_eq!(times(&lab, id).await, (false, true), "{verb} {path}");
    }
    let mut note = Note::find_by_id(ctx, id).await.unwrap().unwrap();
    let text = Note::props().text;
    age(&lab).await;
    note = note.update_attribute(ctx, text, "i").await.unwrap();
    assert_eq!(times(&lab, id).await, (false, true));
    age(&lab).await;
    Note::replace_by_id(ctx, id, set!(Note { text: "j" })).await.unwrap();
    assert_eq!(times(&lab, id).await, (false, true));
    let replaced = note.replace_attributes(ctx, set!(Note { text: "k" })).await.unwrap();
    assert_eq!(replaced.created_at, Note::find_by_id(ctx, id).await.unwrap().unwrap().created_at);
    age(&lab).await;
    Note::update_all(ctx, text.eq("k"), set!(Note { text: "l" })).await.unwrap();
    assert_eq!(times(&lab, id).await, (false, true));
    age(&lab).await;
    let mut note = Note::find_by_id(ctx, id).await.unwrap().unwrap();
    note.text = "m".into();
    note.save(ctx).await.unwrap();
    assert_eq!(times(&lab, id).await, (false, true), "an instance that is saved has changed now");
    for made in [
        Note::find_or_create(ctx, text.eq("n"), set!(Note { text: "n" })).await.unwrap().0,
        Note::upsert(ctx, set!(Note { text: "o" })).await.unwrap(),
        Note::upsert_with_where(ctx, text.eq("p"), set!(Note { text: "p" })).await.unwrap(),
        Note::replace_or_create(ctx, set!(Note { text: "q" })).await.unwrap(),
        Note::create_many(ctx, [set!(Note { text: "r" })]).await.unwrap().remove(0),
    ] {
        assert_eq!(times(&lab, made.id).await, (true, true));
    }
}

async fn clients_do_not_set_timestamps(lab: Lab) {
    let rest = lab.rest();
    let old = "2001-02-03T04:05:06.000Z";
    let said = json!({ "text": "a", "createdAt": old, "updatedAt": old });
    let made = ok(&rest.json("POST", "/api/Notes", said.clone()).await);
    let id = made["id"].as_i64().unwrap();
    let path = format!("/api/Notes/{id}");
    assert_eq!(times(&lab, id).await, (true, true));
    for (verb, path) in [
        ("PATCH", path.clone()),
        ("PUT", path.clone()),
        ("POST", format!("{path}/replace")),
        ("POST", "/api/Notes/update?where=%7B%7D".into()),
        ("POST", "/api/Notes/upsertWithWhere?where[text]=a".into()),
    ] {
        ok(&rest.json(verb, &path, said.clone()).await);
        assert_eq!(times(&lab, id).await, (true, true), "{verb} {path}");
    }
    // Not even what is no time at all.
    ok(&rest.json("PATCH", &path, json!({ "createdAt": 5, "updatedAt": null })).await);
    assert_eq!(times(&lab, id).await, (true, true));
    // The application's own code says when.
    let old: DateTime<Utc> = old.parse().unwrap();
    let note = Note::create(&lab.ctx, set!(Note { text: "b", created_at: old })).await.unwrap();
    assert_eq!(times(&lab, note.id).await, (false, true));
}

struct Files {
    folder: Folder,
    here: Paper,
    gone: Paper,
}

async fn files(lab: &Lab) -> Files {
    let folder = Folder::create(&lab.ctx, set!(Folder { name: "f" })).await.unwrap();
    let here = folder.papers.create(&lab.ctx, set!(Paper { title: "here" })).await.unwrap();
    let gone = folder.papers.create(&lab.ctx, set!(Paper { title: "gone" })).await.unwrap();
    gone.destroy(&lab.ctx).await.unwrap();
    Files { folder, here, gone }
}

async fn what_is_deleted_is_nowhere_seen(lab: Lab) {
    let (ctx, rest) = (&lab.ctx, lab.rest());
    let Files { folder, here, gone } = files(&lab).await;
    let titles = |json: Json| json.as_array().unwrap().iter().map(|row| row["title"].clone()).collect::<Json>();
    let papers = format!("/api/Folders/{}/papers", folder.id);
    for path in ["/api/Papers", papers.as_str()] {
        assert_eq!(titles(ok(&rest.get(path).await)), json!(["here"]), "{path}");
        assert_eq!(ok(&rest.get(&format!("{path}/count")).await), json!({ "count": 1 }));
        assert_eq!(rest.get(&format!("{path}/{}", gone.id)).await.status, 404);
        assert_eq!(rest.get(&format!("{path}/{}", here.id)).await.status, 200);
    }
    assert_eq!(ok(&rest.get(&format!("/api/Papers/{}/exists", gone.id)).await), json!({ "exists": false }));
    assert!(!Paper::exists(ctx, gone.id).await.unwrap());
    let paper = Paper::props();
    assert!(Paper::find_one(ctx, paper.title.eq("gone")).await.unwrap().is_none());
    assert_eq!(Paper::select(ctx, paper.title, ()).await.unwrap(), ["here"]);
    assert!(gone.reload(ctx).await.unwrap_err().is_model_not_found());
    // Conditions that would find it do not.
    for all in [paper.title.eq("gone").or(paper.title.eq("here")), paper.deleted_at.is_not_null().not()] {
        assert_eq!(Paper::count(ctx, all).await.unwrap(), 1);
    }
    assert_eq!(Paper::count(ctx, paper.deleted_at.is_not_null()).await.unwrap(), 0);
    let with = ok(&rest.find("/api/Folders", json!({ "include": "papers" })).await);
    assert_eq!(titles(with[0]["papers"].clone()), json!(["here"]));
    let of = Folder::props().papers;
    assert_eq!(Folder::count(ctx, of.some(paper.title.eq("gone"))).await.unwrap(), 0);
    assert_eq!(Folder::count(ctx, of.none(paper.title.eq("gone"))).await.unwrap(), 1);
    assert_eq!(ok(&rest.find("/api/Folders", json!({ "where": { "papers.title": "gone" } })).await), json!([]));
    assert_eq!(rest.get(&format!("{papers}/{}/folder", gone.id)).await.status, 404);
    assert_eq!(rest.get(&format!("/api/Papers/{}/folder", gone.id)).await.status, 404);
    here.destroy(ctx).await.unwrap();
    assert_eq!(Folder::count(ctx, of.any()).await.unwrap(), 0);
    assert_eq!(Folder::count(ctx, of.is_empty()).await.unwrap(), 1);
    assert_eq!(folder.papers.count(ctx, ()).await.unwrap(), 0);
}

async fn what_is_deleted_is_not_written(lab: Lab) {
    let (ctx, rest) = (&lab.ctx, lab.rest());
    let Files { folder, here, gone } = files(&lab).await;
    let path = format!("/api/Papers/{}", gone.id);
    let again = json!({ "title": "again", "deletedAt": null });
    for (verb, path) in [
        ("PATCH", path.clone()),
        ("PUT", path.clone()),
        ("POST", format!("{path}/replace")),
        ("PUT", format!("/api/Folders/{}/papers/{}", folder.id, gone.id)),
        ("DELETE", format!("/api/Folders/{}/papers/{}", folder.id, gone.id)),
    ] {
        assert_eq!(rest.json(verb, &path, again.clone()).await.status, 404, "{verb} {path}");
    }
    let mut upserted = again.clone();
    upserted["id"] = gone.id.into();
    assert_eq!(rest.json("PATCH", "/api/Papers", upserted).await.status, 404);
    assert_eq!(gone.update_attributes(ctx, set!(Paper { title: "again" })).await.unwrap_err().status(), 404);
    assert_eq!(Paper::update_all(ctx, (), set!(Paper { title: "all" })).await.unwrap(), 1);
    assert_eq!(ok(&rest.call("DELETE", &path).await), json!({ "count": 0 }), "what is deleted is not deleted again");
    assert_eq!(gone.destroy(ctx).await.unwrap_err().status(), 404);
    assert_eq!(lab.number("SELECT COUNT(*) FROM paper WHERE title = 'gone'").await, 1);
    // A client neither deletes nor keeps by writing the property.
    let said = json!({ "title": "t", "deletedAt": "2020-01-01T00:00:00.000Z" });
    let made = ok(&rest.json("POST", "/api/Papers", said.clone()).await);
    assert_eq!(made["deletedAt"], Json::Null);
    ok(&rest.json("PATCH", &format!("/api/Papers/{}", here.id), said.clone()).await);
    ok(&rest.json("POST", &format!("/api/Papers/{}/replace", here.id), said.clone()).await);
    ok(&rest.json("POST", "/api/Papers/update?where=%7B%7D", said).await);
    assert_eq!(Paper::count(ctx, ()).await.unwrap(), 2);
    assert_eq!(Paper::destroy_all(ctx, ()).await.unwrap(), 2);
    assert_eq!(Paper::destroy_all(ctx, ()).await.unwrap(), 0);
    assert_eq!(folder.papers.destroy_all(ctx, ()).await.unwrap(), 0);
    assert_eq!(lab.number("SELECT COUNT(*) FROM paper").await, 3);
}

async fn deleted_links_lead_nowhere(lab: Lab) {
    let (ctx, rest) = (&lab.ctx, lab.rest());
    let paper = Paper::create(ctx, set!(Paper { title: "p" })).await.unwrap();
    let ann = paper.signers.create(ctx, set!(Signer { name: "Ann" })).await.unwrap();
    let ben = paper.signers.create(ctx, set!(Signer { name: "Ben" })).await.unwrap();
    paper.signers.unlink(ctx, ben.id).await.unwrap();
    assert_eq!(lab.number("SELECT COUNT(*) FROM signature").await, 2, "the link is there, and deleted");
    let path = format!("/api/Papers/{}/signers", paper.id);
    let anns = json!([{ "id": ann.id, "name": "Ann" }]);
    assert_eq!(ok(&rest.get(&path).await), anns);
    assert_eq!(ok(&rest.get(&format!("{path}/count")).await), json!({ "count": 1 }));
    assert_eq!(rest.get(&format!("{path}/{}", ben.id)).await.status, 404);
    assert_eq!(rest.call("HEAD", &format!("{path}/rel/{}", ben.id)).await.status, 404);
    assert_eq!(ok(&rest.find("/api/Papers", json!({ "include": "signers" })).await)[0]["signers"], anns);
    let named = |name: &str| Paper::props().signers.some(Signer::props().name.eq(name));
    assert_eq!(Paper::count(ctx, named("Ben")).await.unwrap(), 0);
    assert_eq!(Paper::count(ctx, named("Ann")).await.unwrap(), 1);
    assert_eq!(ben.papers.count(ctx, ()).await.unwrap(), 0);
    // Once more, with a new row.
    paper.signers.link(ctx, ben.id).await.unwrap();
    assert_eq!(lab.number("SELECT COUNT(*) FROM signature").await, 3);
    assert_eq!(paper.signers.count(ctx, ()).await.unwrap(), 2);
    // The paper is deleted: nothing leads to it.
    paper.destroy(ctx).await.unwrap();
    assert_eq!(ann.papers.find(ctx, ()).await.unwrap().len(), 0);
    assert_eq!(Signer::count(ctx, Signer::props().papers.any()).await.unwrap(), 0);
}

async fn conditions_of_hooks_do_not_see_what_is_deleted(lab: Lab) {
    let ctx = &lab.ctx;
    let paper = Paper::create(ctx, set!(Paper { title: "p" })).await.unwrap();
    let ann = paper.signers.create(ctx, set!(Signer { name: "Ann" })).await.unwrap();
    let ben = paper.signers.create(ctx, set!(Signer { name: "Ben" })).await.unwrap();
    let of_papers = ctx.with_option(OfPapers);
    assert_eq!(Signer::count(&of_papers, ()).await.unwrap(), 2);
    assert_eq!(Signer::destroy_all(ctx, ()).await.unwrap(), 0);
    paper.signers.unlink(ctx, ben.id).await.unwrap();
    let found = Signer::find(&of_papers, ()).await.unwrap();
    assert_eq!(found.iter().map(|signer| signer.id).collect::<Vec<_>>(), [ann.id]);
    paper.destroy(ctx).await.unwrap();
    assert_eq!(Signer::count(&of_papers, ()).await.unwrap(), 0);
    // The rows that are kept still refer to them.
    lab.sql("DELETE FROM signature").await;
    assert_eq!(Signer::destroy_all(ctx, ()).await.unwrap(), 2);
}

async fn a_deletion_keeps_the_row_and_its_time(lab: Lab) {
    let Files { gone, .. } = files(&lab).await;
    let row = loopback::typed::Entity::<Paper>::find_by_id(gone.id).one(lab.ctx.db()).await.unwrap().unwrap();
    assert_eq!(row.title, "gone");
    let deleted = row.deleted_at.expect("a time");
    assert!(Utc::now().signed_duration_since(deleted).num_minutes().abs() < 60);
    assert_eq!(deleted.timestamp_subsec_nanos() % 1_000_000, 0, "as all times in milliseconds");
}

async fn a_mixin_of_the_applications_own(lab: Lab) {
    let made = lab.rest().create("/api/Shouts", json!({ "title": "hey" })).await;
    // The model's hooks first, then the mixin's, and then the validations.
    assert_eq!(made["title"], "HEYSS");
    let answer = lab.rest().json("POST", "/api/Shouts", json!({ "title": "12345678" })).await;
    assert_eq!(answer.status, 422, "{answer}");
    assert_eq!(ok(&lab.rest().call("DELETE", &format!("/api/Shouts/{}", made["id"])).await), json!({ "count": 1 }));
    assert_eq!(ok(&lab.rest().get("/api/Shouts").await), json!([]));
}

#[test]
fn a_mixin_without_its_property_is_a_fault() {
    let faults = |models: &[&'static loopback::meta::ModelDef]| match Graph::build(models, &GraphDefaults::default()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.0.into_iter().map(|fault| (fault.location, fault.message)).collect(),
    };
    let (locations, messages): (Vec<_>, Vec<_>) = faults(&models![Untimed, NeverGone]).into_iter().unzip();
    assert_eq!(
        messages,
        [
            "NeverGone: the mixin `SoftDelete` needs the property `deletedAt` to be empty at first: write `pub deleted_at: Option<DateTime<Utc>>`",
            "Untimed: the mixin `Timestamps` needs the property `createdAt`; did you mean `createAt`?: add `pub created_at: DateTime<Utc>` to the struct",
            "Untimed: the mixin `Timestamps` needs the property `updatedAt` of another type: write `pub updated_at: DateTime<Utc>`",
        ]
    );
    for location in locations {
        let line =
            location.rsplit_once(':').filter(|(file, _)| *file == file!()).and_then(|(_, line)| line.parse().ok());
        assert!(line.is_some_and(|line: u32| line > 0), "{location}");
    }
}
