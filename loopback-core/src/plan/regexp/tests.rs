use super::*;
use regex::Regex;

/// Texts that patterns meet.
const TEXTS: [&str; 14] =
    ["", "a", "A", "abc", "ABC", "a\nc", "ab12", "é", "É", "k", "\u{212a}", "a.b@c.de", "foo bar\r\n", "ß ẞ 😀"];

fn means(pattern: &str, expected: &str) {
    let ours = Regex::new(&Pattern::new(pattern).unwrap().write(RegexpSyntax::Rust)).unwrap();
    let theirs = Regex::new(expected).unwrap();
    for text in TEXTS {
        assert_eq!(ours.is_match(text), theirs.is_match(text), "{pattern} on {text:?}: {ours}");
    }
}

#[test]
fn patterns_mean_what_they_say() {
    means("^a.c$", r"\Aa[^\n]c\z");
    means("/^a.c$/s", r"\A(?s:a.c)\z");
    means("/É/i", "[Éé]");
    means("/k/i", "[kK\u{212a}]");
    means(r"^\w+@\w+\.\w+$|^[^\W\d]+$", "^[A-Za-z_]+$");
    means(r"^[\w.]+@([\w-]+\.)+[a-z]{2,}$", r"^[0-9A-Za-z_.]+@(?:[0-9A-Za-z_-]+\.)+[a-z]{2,}$");
    means(r"\s$", r"[ \t\r\n\x0b\x0c]\z");
    means("(?<name>a)b|(?:c)?$", "ab|c?$");
    means("[[:alpha:]]+", "[A-Za-z]");
    means("a*?b|c{2,3}", "a*b|cc");
    means(r"\u00e9|\x41", "é|A");
}

#[test]
fn patterns_are_written_for_each_engine() {
    let written = |pattern: &str| {
        let pattern = Pattern::new(pattern).unwrap();
        [RegexpSyntax::Rust, RegexpSyntax::Perl, RegexpSyntax::Advanced].map(|syntax| pattern.write(syntax))
    };
    assert_eq!(
        written("/^a.*é+$/i"),
        [
            r"\A[Aa][^\x{a}]*[\x{c9}\x{e9}]+\z",
            r"\A[Aa][^\x{a}]*[\x{c9}\x{e9}]+\z",
            r"\A[Aa][^\U0000000a]*[\U000000c9\U000000e9]+\Z"
        ]
    );
    let [rust, perl, _] = written("x.*foo.*bar");
    assert_eq!(rust, r"x[^\x{a}]*foo[^\x{a}]*bar");
    assert_eq!(perl, r"x(?>[^\x{a}]*?foo)[^\x{a}]*bar");
}

#[test]
fn what_has_not_one_meaning_is_refused() {
    for (pattern, reason) in [
        ("(", "unclosed group"),
        ("a)", "unopened group"),
        ("[a", "unclosed character class"),
        ("*a", "repetition operator missing expression"),
        ("(a)\\1", "backreferences are not supported"),
        ("a(?=b)", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"\bword", "a word boundary"),
        (r"\Bx", "a word boundary"),
        (r"\p{L}", "a Unicode class"),
        (r"[\p{L}]", "a Unicode class"),
        ("(?i)a", "flags within it"),
        ("(?i:a)", "flags within it"),
        ("/a/g", "the flag `g`"),
        ("/a/b", "the flag `b`"),
        (r"a\Z", "unrecognized escape"),
        (r"\Qa\E", "unrecognized escape"),
        (r"\a", "the escape `\\a`"),
        ("[[a]b]", "a bracket within brackets"),
        ("[a-z&&b]", "`&&`, `--` or `~~`"),
        ("a*+", "a repetition of a repetition"),
        ("a{2}{3}", "a repetition of a repetition"),
        ("^*", "a repetition of `^` or `$`"),
        ("(a|^)+b", "a repetition of `^` or `$`"),
        ("a{,5}", "expects a valid decimal"),
        ("a{ 5}", "the repetition `{ 5}`"),
        ("a{101}", "counts up to 100"),
        ("a{5,1}", "invalid repetition count range"),
        (r"\x00", "NUL"),
        (r"[^\s\S]", "no character"),
    ] {
        let error = Pattern::new(pattern).expect_err(pattern);
        assert_eq!((error.status(), error.code()), (400, Some("INVALID_FILTER")));
        assert!(error.message().contains(reason), "{pattern}: {error}");
    }
    let long = "a".repeat(MAX_LENGTH + 1);
    assert!(Pattern::new(&long).unwrap_err().message().contains("more than 500 characters"));
    assert!(Pattern::new(&format!("{}a{}", "(".repeat(100), ")".repeat(100))).unwrap_err().message().contains("nests"));
    assert!(Pattern::new("(((a{100}){100}){100}){100}").unwrap_err().message().contains("too large"));
}

#[test]
fn what_takes_too_long_is_refused() {
    for pattern in [
        "(a+)+b",
        "([ab]+)+c",
        "(a*)*",
        "(ab|abc?)*d",
        "(a|ab)*c",
        "(a?b?)*c",
        "(a{1,3})*c",
        r"(\w+\s?)*$",
        "(.*,)*x",
        "([a-z]+)*$",
        "(x+x+)+y",
        "(a|b|ab)*c",
    ] {
        let error = Pattern::new(pattern).expect_err(pattern);
        assert!(error.message().contains("in more than one way"), "{pattern}: {error}");
    }
    for pattern in [
        "a*[ab]*[ac]*[de]",
        r".*.*.*=$",
        r"\d+\w+\d+x",
        "(a?){60}b",
        "(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)b",
    ] {
        let error = Pattern::new(pattern).expect_err(pattern);
        assert!(error.message().contains("too long"), "{pattern}: {error}");
    }
}

#[test]
fn what_people_write_is_taken() {
    for pattern in [
        "",
        "^[AC]",
        "foo.*bar",
        "foo.*bar.*baz",
        "^.*foo.*bar.*baz.*$",
        r"^\d{4}-\d{2}-\d{2}$",
        r"^(\d{1,3}\.){3}\d{1,3}$",
        r"^[\w.+-]+@([\w-]+\.)+[a-zA-Z]{2,}$",
        r"^https?://[^/]+/.*\.(png|jpe?g|gif)$",
        "^(Oslo|Bergen|Trondheim)( [a-z]+)*$",
        "colou?r",
        r"^\s*$",
        r"^.{3,50}$",
        ".{0,50}foo",
        "(ab|cd)+x",
        "/^(mr|mrs|ms)\\.? /i",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    ] {
        if let Err(error) = Pattern::new(pattern) {
            panic!("{pattern}: {error}");
        }
    }
}

#[test]
fn reading_the_worst_pattern_is_quick() {
    let wide: String = (0..120).map(|n| format!("\\u{:04x}", 0x4e00 + 2 * n)).take(70).collect();
    let start = std::time::Instant::now();
    let _ = Pattern::new(&format!("(?:[{wide}]?){{100}}"));
    let _ = Pattern::new(&"a?".repeat(250));
    let _ = Pattern::new(&"(a|b)".repeat(100));
    // Generous, for a debug build on a busy machine.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn like_without_case_is_a_regular_expression() {
    let like =
        |pattern: &str, text: &str| Regex::new(&ignoring_case(pattern, RegexpSyntax::Rust)).unwrap().is_match(text);
    for (pattern, text, is) in [
        ("", "", true),
        ("", "a", false),
        ("%", "", true),
        ("%", "a\nb", true),
        ("%%", "x", true),
        ("ABC", "abc", true),
        ("abc", "xabc", false),
        ("a%C", "A\nxc", true),
        ("a%c", "acd", false),
        ("%b%", "aBc", true),
        ("%b_", "abb😀", true),
        ("_", "é", true),
        ("É%", "éa", true),
        ("ß", "ẞ", true),
        ("ß", "ss", false),
        ("k", "\u{212a}", true),
        ("100\\%", "100%", true),
        ("100\\%", "1000", false),
        ("a\\_", "A_", true),
        ("a\\_", "ab", false),
        ("[a]", "a", false),
        ("a.c", "abc", false),
        ("%a%b%", "xbxa", false),
        ("%a%b%", "xAxxBx", true),
    ] {
        assert_eq!(like(pattern, text), is, "{pattern} {text:?}");
    }
    assert_eq!(ignoring_case("%a%1%", RegexpSyntax::Perl), r"\A(?>(?s:.)*?[Aa])(?>(?s:.)*?1)");
    assert_eq!(ignoring_case("a_%", RegexpSyntax::Advanced), r"\A[Aa].");
}
