use super::*;
#[test]
fn replay() {
    let Ok(dir) = std::env::var("REC") else { return };
    with_tool(async |lab| {
        let mut bad = 0;
        for name in ["remote-args", "remote-body", "remote-sources", "remote-returns", "remote-hooks"] {
            let text = std::fs::read_to_string(format!("{dir}/{name}.json")).unwrap();
            let all: serde_json::Value = serde_json::from_str(&text).unwrap();
            for step in all["steps"].as_array().unwrap() {
                let path = step["path"].as_str().unwrap();
                if path.starts_with("/api/Products") {
                    continue;
                }
                let mut target = String::new();
                for c in path.chars() {
                    if "{}\"[]".contains(c) || !c.is_ascii() {
                        for b in c.to_string().bytes() {
                            target += &format!("%{b:02X}");
                        }
                    } else {
                        target.push(c)
                    }
                }
                if let Some(query) = step["query"].as_object() {
                    let q: Vec<String> = query
                        .iter()
                        .map(|(k, v)| {
                            format!(
                                "{k}={}",
                                loopback_tests::rest::encoded(
                                    v.as_str().map(str::to_owned).unwrap_or(v.to_string()).as_str()
                                )
                            )
                        })
                        .collect();
                    target = format!("{target}?{}", q.join("&"));
                }
                let mut request = loopback_tests::http::Request::new(step["method"].as_str().unwrap(), &target);
                if let Some(h) = step["headers"].as_object() {
                    for (k, v) in h {
                        request = request.header(k, v.as_str().unwrap());
                    }
                }
                if let Some(body) = step.get("body") {
                    request = request.json(body);
                }
                if let Some(form) = step["form"].as_str() {
                    request = request.header("Content-Type", "application/x-www-form-urlencoded");
                    request.body = Some(form.as_bytes().to_vec());
                }
                let got = lab.rest().send(&request).await;
                let e = &step["expect"];
                let body: serde_json::Value = serde_json::from_slice(&got.body).unwrap_or_else(|_| got.text().into());
                let want = e["body"].get("$text").unwrap_or(&e["body"]).clone();
                let mut wrong = e["status"] != got.status || (want != body && !(want.is_null() && got.body.is_empty()));
                for (name, value) in e["headers"].as_object().into_iter().flatten() {
                    let g = got.header(name);
                    let g = if name == "content-type" { got.media_type() } else { g };
                    if g.as_deref() != value.as_str() {
                        wrong = true;
                        println!("   header {name} {g:?} {value}");
                    }
                }
                if wrong {
                    bad += 1;
                    println!(
                        "{name} {} {} {} want {} {}\n    got {got} {}",
                        step["id"],
                        step["method"],
                        target,
                        e["status"],
                        want,
                        step.get("accept").or(step.get("compare")).unwrap_or(&serde_json::Value::Null)
                    );
                }
            }
        }
        println!("bad {bad}");
    });
}
