//! `name:type:required:default=1`: a property, or an argument of a method.

use crate::fault::{Result, fault};
use crate::json::Json;
use crate::names::{self, camel_case};
use crate::source::attribute;
use crate::source::types::Kind;
use loopback::__private::did_you_mean;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    /// The field in Rust, without `r#`.
    pub(crate) field: String,
    /// The key in JSON.
    pub(crate) json: String,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
    pub(crate) id: bool,
    pub(crate) generated: bool,
    pub(crate) index: bool,
    pub(crate) unique: bool,
    pub(crate) hidden: bool,
    pub(crate) protected: bool,
}

const WORDS: [&str; 7] = ["required", "id", "generated", "index", "unique", "hidden", "protected"];

impl Spec {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, with an example.
    pub(crate) fn of(text: &str, own: &[String]) -> Result<Self> {
        let example = "as in `rating:number:default=0` or `name:string:required`";
        let (name, rest) =
            text.split_once(':').ok_or_else(|| fault(format!("`{text}` has no type; write `name:type`, {example}")))?;
        let (head, default) = match rest.split_once(":default=") {
            // The last of all, so that it may have colons.
            Some((head, default)) => (head, Some(default.to_owned())),
            None => (rest, None),
        };
        let mut words = head.split(':');
        let kind = Kind::of(words.next().unwrap_or_default(), own)?;
        let field = names::snake(name, "a property", "openedAt")?;
        // A name in Rust's form says nothing about JSON.
        let json = if name == field || name.contains(['-', ' ']) { camel_case(&field) } else { name.to_owned() };
        if ["__proto__", "constructor", "prototype"].contains(&json.as_str()) {
            return Err(fault(format!("`{json}` cannot be a property: clients would be refused")));
        }
        let mut spec = Self {
            field,
            json,
            kind,
            default,
            required: false,
            id: false,
            generated: false,
            index: false,
            unique: false,
            hidden: false,
            protected: false,
        };
        for word in words {
            let flag = match word {
                "required" => &mut spec.required,
                "id" => &mut spec.id,
                "generated" => &mut spec.generated,
                "index" => &mut spec.index,
                "unique" => &mut spec.unique,
                "hidden" => &mut spec.hidden,
                "protected" => &mut spec.protected,
                _ => {
                    let hint = did_you_mean(word, WORDS.into_iter().chain(["default"]));
                    let all = WORDS.join(", ");
                    return Err(fault(format!(
                        "`{text}`: unknown `{word}`{hint}; allowed: {all}, and at the end default=.."
                    )));
                }
            };
            *flag = true;
        }
        if let Some(default) = &spec.default {
            spec.kind.literal(default).map_err(|error| fault(format!("`{text}`: {error}")))?;
        }
        Ok(spec)
    }

    /// The same for a property, of which one may be the id.
    ///
    /// # Errors
    /// As [`of`](Self::of), or it cannot be an id.
    pub(crate) fn property(text: &str, own: &[String]) -> Result<Self> {
        let mut spec = Self::of(text, own)?;
        let can_be_id = match &spec.kind {
            Kind::Text | Kind::Uuid => true,
            Kind::Number(name) => !name.starts_with('f'),
            _ => false,
        };
        if spec.field == "id" && !spec.id {
            spec.id = true;
            // A text is what somebody gives, as a code; numbers and UUIDs are made.
            spec.generated |= spec.kind != Kind::Text;
        }
        if spec.id && !can_be_id {
            return Err(fault(format!(
                "`{text}`: an id is an integer, a string or a uuid, not `{}`",
                spec.kind.rust()
            )));
        }
        if spec.generated && !spec.id {
            return Err(fault(format!("`{text}`: `generated` goes with `id`")));
        }
        if spec.id && (spec.default.is_some() || spec.hidden || spec.unique) {
            return Err(fault(format!("`{text}`: an id has no default, is unique, and is not hidden")));
        }
        Ok(spec)
    }

    /// As a field of a struct, indented by four.
    ///
    /// # Errors
    /// None: the default was looked at when it was read.
    pub(crate) fn field(&self) -> Result<String> {
        let mut keys = Vec::new();
        if self.id {
            keys.push("id".to_owned());
        }
        for (set, key) in [
            (self.generated, "generated"),
            (self.index, "index"),
            (self.unique, "uniqueness"),
            (self.hidden, "hidden"),
            (self.protected, "protected"),
        ] {
            if set {
                keys.push(key.to_owned());
            }
        }
        if self.json != camel_case(&self.field) {
            keys.push(format!("name = {:?}", self.json));
        }
        if let Some(default) = &self.default {
            keys.push(format!("default = {}", self.kind.literal(default)?));
        }
        let attribute = if keys.is_empty() { String::new() } else { attribute("    ", "property", &keys) };
        Ok(format!("{attribute}    pub {}: {},\n", names::raw(&self.field), self.ty()))
    }

    /// The type of the field or the argument.
    pub(crate) fn ty(&self) -> String {
        let ty = self.kind.rust();
        if self.required || self.id || self.default.is_some() { ty } else { format!("Option<{ty}>") }
    }

    /// As a property of a definition by JSON.
    ///
    /// # Errors
    /// It has no such type.
    pub(crate) fn definition(&self) -> Result<Json> {
        let mut entries = vec![("type".to_owned(), self.kind.json()?)];
        for (set, key) in
            [(self.id, "id"), (self.generated, "generated"), (self.required, "required"), (self.index, "index")]
        {
            if set {
                entries.push((key.to_owned(), Json::Bool(true)));
            }
        }
        if let Some(default) = &self.default {
            let (key, value) = self.kind.json_default(default)?;
            entries.push((key.to_owned(), value));
        }
        Ok(Json::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::Spec;

    fn field(text: &str) -> String {
        Spec::property(text, &["Tier".into()]).and_then(|spec| spec.field()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn properties_are_fields() {
        for (text, expected) in [
            ("name:string:required", "    pub name: String,\n"),
            ("city:string", "    pub city: Option<String>,\n"),
            ("openedAt:date:default=now", "    #[property(default = now)]\n    pub opened_at: DateTime<Utc>,\n"),
            ("opened_at:date", "    pub opened_at: Option<DateTime<Utc>>,\n"),
            ("HTTPCode:i32:index", "    #[property(index, name = \"HTTPCode\")]\n    pub http_code: Option<i32>,\n"),
            ("type:string", "    pub r#type: Option<String>,\n"),
            ("id:uuid", "    #[property(id, generated)]\n    pub id: Uuid,\n"),
            ("code:string:id", "    #[property(id)]\n    pub code: String,\n"),
            ("motto:string:default=a:b", "    #[property(default = \"a:b\")]\n    pub motto: String,\n"),
            ("tier:Tier:required", "    pub tier: Tier,\n"),
        ] {
            assert_eq!(field(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, hint) in [
            ("name", "has no type"),
            ("name:strin", "did you mean `string`?"),
            ("name:string:requird", "did you mean `required`?"),
            ("n:integer:default=x", "a whole number"),
            ("a.b:string", "is no name of a property"),
            ("self:string", "write another one"),
            ("id:date", "an id is"),
            ("n:number:generated", "goes with `id`"),
            ("constructor:string", "cannot be a property"),
        ] {
            let message = field(text);
            assert!(message.contains(hint), "{text}: {message}");
        }
    }

    #[test]
    fn properties_are_json() {
        let json = |text: &str| Spec::property(text, &[]).unwrap().definition().unwrap().write().unwrap();
        assert_eq!(
            json("n:number:required:default=5"),
            "{\n  \"type\": \"number\",\n  \"required\": true,\n  \"default\": 5\n}\n"
        );
        assert_eq!(json("at:date:default=now"), "{\n  \"type\": \"date\",\n  \"defaultFn\": \"now\"\n}\n");
    }
}
