use super::*;

fn body(json: &str) -> String {
    let xml = String::from_utf8(answer(json.as_bytes()).unwrap()).unwrap();
    xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap().to_owned()
}

/// The right sides are what js2xmlparser 3.0.0 gives with the options of strong-remoting.
#[test]
fn answers_are_laid_out_as_js2xmlparser_does() {
    for (json, xml) in [
        ("{}", "<response/>"),
        (r#"{"a":""}"#, "<response>\n  <a></a>\n</response>"),
        (r#"{"a":[]}"#, "<response/>"),
        (r#"{"a":{}}"#, "<response>\n  <a/>\n</response>"),
        (r#"{"a":[[1,2],[3,[4]]]}"#, "<response>\n  <a>1</a>\n  <a>2</a>\n  <a>3</a>\n  <a>4</a>\n</response>"),
        (r#"{"a":[{"b":1},{}]}"#, "<response>\n  <a>\n    <b>1</b>\n  </a>\n  <a/>\n</response>"),
        (r#""x""#, "<response>x</response>"),
        ("true", "<response>true</response>"),
        (r#"{"a":"x]]>y","b":"<&>\"'"}"#, "<response>\n  <a>x]]&gt;y</a>\n  <b>&lt;&amp;>\"'</b>\n</response>"),
        ("[]", "<response/>"),
        ("[[]]", "<response/>"),
        ("[null,1]", "<response>\n  <result>null</result>\n  <result>1</result>\n</response>"),
        (r#"{"z":1,"a":null}"#, "<response>\n  <z>1</z>\n  <a>null</a>\n</response>"),
        (r#"{"a":" pad "}"#, "<response>\n  <a> pad </a>\n</response>"),
        (
            r#"{"n":30.0,"m":9.99,"l":12345678901234567}"#,
            "<response>\n  <n>30</n>\n  <m>9.99</m>\n  <l>12345678901234567</l>\n</response>",
        ),
        (r#"{"é":1}"#, "<response>\n  <é>1</é>\n</response>"),
    ] {
        assert_eq!(body(json), xml, "{json}");
    }
    assert_eq!(answer(b"null").unwrap(), b"<null/>");
    assert!(answer(b"{").is_err() && answer(b"1 2").is_err());
}

#[test]
fn errors_are_laid_out_as_strong_error_handler_does() {
    let json = br#"{"error":{"statusCode":422,"details":{"codes":{"name":["a","b"]},"none":{}}}}"#;
    let xml = "<?xml version='1.0'?>\n<error>\n    <statusCode>422</statusCode>\n    <details>\n        <codes>\n            \
               <name>a</name>\n            <name>b</name>\n        </codes>\n        <none/>\n    </details>\n</error>";
    assert_eq!(String::from_utf8(error(json).unwrap()).unwrap(), xml);
    assert!(error(b"{}").is_err());
}

#[test]
fn names_of_clients_become_names_of_elements() {
    for (key, element) in [
        ("a b", "a_b"),
        ("1a", "_1a"),
        ("-x", "_-x"),
        ("=", "_"),
        ("@", "_"),
        ("#", "_"),
        ("", "_"),
        ("a:b", "a_b"),
        ("a><script>", "a__script_"),
        ("a\u{0}\n", "a__"),
        ("\u{E9}t\u{E9}.1", "\u{E9}t\u{E9}.1"),
    ] {
        assert_eq!(name(key), element, "{key:?}");
    }
}

#[test]
fn characters_that_xml_does_not_have_are_replaced() {
    assert_eq!(content("a\u{0}\u{1b}\u{fffe}\t\r\n"), "a\u{fffd}\u{fffd}\u{fffd}\t&#13;\n");
}

#[test]
fn a_list_in_pieces_is_the_same_list() {
    let json = r#"[{"a":"],[{\"\\","b":[1,{"c":[]}]},{},[1,[2]],"x",{"z":null}]"#;
    let whole = String::from_utf8(answer(json.as_bytes()).unwrap()).unwrap();
    for size in 1..json.len() {
        let mut list = List::new();
        let mut xml = Vec::new();
        for piece in json.as_bytes().chunks(size) {
            xml.append(&mut list.piece(piece).unwrap());
        }
        assert_eq!(String::from_utf8(xml).unwrap(), whole, "in pieces of {size}");
    }
    let mut list = List::new();
    assert_eq!(list.piece(b" [ ] ").unwrap(), answer(b"[]").unwrap());
    assert!(List::new().piece(b"[{]]").is_err());
}
