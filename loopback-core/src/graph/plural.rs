//! English plurals as LoopBack makes them for REST paths. Answers to npm `inflection`, which juggler uses.

const UNCOUNTABLE: &[&str] = &[
    "advice",
    "aircraft",
    "art",
    "butter",
    "clothing",
    "coal",
    "cotton",
    "deer",
    "equipment",
    "experience",
    "feedback",
    "fish",
    "flour",
    "food",
    "furniture",
    "gas",
    "homework",
    "impatience",
    "information",
    "jam",
    "knowledge",
    "leather",
    "love",
    "luggage",
    "management",
    "money",
    "moose",
    "music",
    "news",
    "oil",
    "patience",
    "police",
    "polish",
    "progress",
    "research",
    "rice",
    "salmon",
    "sand",
    "series",
    "sheep",
    "silk",
    "sms",
    "soap",
    "spam",
    "species",
    "staff",
    "sugar",
    "swine",
    "talent",
    "toothpaste",
    "traffic",
    "travel",
    "vinegar",
    "water",
    "weather",
    "wood",
    "wool",
    "work",
];

/// Endings of whole words, longest first.
const IRREGULAR: &[(&str, &str)] = &[
    ("person", "people"),
    ("child", "children"),
    ("human", "humans"),
    ("woman", "women"),
    ("man", "men"),
    ("quiz", "quizzes"),
    ("mouse", "mice"),
    ("louse", "lice"),
    ("goose", "geese"),
    ("tooth", "teeth"),
    ("foot", "feet"),
    ("axis", "axes"),
    ("testis", "testes"),
    ("octopus", "octopi"),
    ("virus", "viri"),
    ("alias", "aliases"),
    ("status", "statuses"),
    ("bus", "buses"),
    ("buffalo", "buffaloes"),
    ("tomato", "tomatoes"),
    ("potato", "potatoes"),
    ("hero", "heroes"),
    ("matrix", "matrices"),
    ("vertex", "vertices"),
    ("index", "indices"),
    ("phenomenon", "phenomena"),
    ("criterion", "criteria"),
    ("cookie", "cookies"),
    ("movie", "movies"),
];

/// The plural of a model's name: `Category` becomes `Categories`.
pub(crate) fn pluralize(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if UNCOUNTABLE.contains(&lower.as_str()) || lower.is_empty() {
        return name.to_owned();
    }
    for (singular, plural) in IRREGULAR {
        if lower.ends_with(singular) {
            let head = &name[..name.len() - singular.len()];
            let first = name[head.len()..].chars().next();
            let mut ending = (*plural).to_owned();
            if first.is_some_and(char::is_uppercase) {
                ending[..1].make_ascii_uppercase();
            }
            return format!("{head}{ending}");
        }
    }
    if lower == "ox" {
        return format!("{name}en");
    }
    let swap = |cut: usize, end: &str| format!("{}{end}", &name[..name.len() - cut]);
    let before = |end: &str| lower.strip_suffix(end).and_then(|head| head.chars().next_back());
    if lower.ends_with("ium") || lower.ends_with("tum") {
        return swap(2, "a");
    }
    if lower.ends_with("sis") {
        return swap(3, "ses");
    }
    if before("fe").is_some_and(|c| c != 'f') {
        return swap(2, "ves");
    }
    if before("f").is_some_and(|c| matches!(c, 'l' | 'r')) {
        return swap(1, "ves");
    }
    if before("y").is_some_and(|c| !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')) || lower.ends_with("quy") {
        return swap(1, "ies");
    }
    if ["x", "ch", "ss", "sh"].iter().any(|end| lower.ends_with(end)) {
        return swap(0, "es");
    }
    if lower.ends_with('s') { name.to_owned() } else { swap(0, "s") }
}

#[cfg(test)]
mod tests {
    use super::pluralize;

    #[test]
    fn names_get_the_plurals_that_loopback_gives_them() {
        for (one, many) in [
            ("CoffeeShop", "CoffeeShops"),
            ("Category", "Categories"),
            ("Key", "Keys"),
            ("Box", "Boxes"),
            ("Address", "Addresses"),
            ("Person", "People"),
            ("SalesPerson", "SalesPeople"),
            ("Status", "Statuses"),
            ("Wife", "Wives"),
            ("Wolf", "Wolves"),
            ("Datum", "Data"),
            ("Analysis", "Analyses"),
            ("News", "News"),
            ("Settings", "Settings"),
            ("AclDeny", "AclDenies"),
        ] {
            assert_eq!(pluralize(one), many);
        }
    }
}
