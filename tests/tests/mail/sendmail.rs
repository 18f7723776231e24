//! The program `sendmail`: a script that notes what it is handed.

#![cfg(unix)]

use crate::house::{House, quick};
use loopback::prelude::*;
use loopback_tests::lab::Place;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

loopback_tests::place_cases! {
    the_program_gets_everybody_and_the_message
    a_program_that_fails_is_tried_again_with_what_it_has_said
    a_program_that_refuses_ends_the_email
    a_program_that_is_not_there_costs_no_email
    a_program_that_hangs_is_ended
}

/// A folder with the script in it.
struct Script {
    folder: PathBuf,
}

impl Script {
    /// `$here` in the body is the folder.
    fn of(body: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("lb_sendmail_{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let script = Self { folder };
        script.be(body);
        script
    }

    fn be(&self, body: &str) {
        // Renamed into place: one that is being written cannot be run.
        let unfinished = self.folder.join("unfinished");
        std::fs::write(&unfinished, format!("#!/bin/sh\nhere='{}'\n{body}\n", self.folder.display())).unwrap();
        std::fs::set_permissions(&unfinished, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::rename(&unfinished, self.path()).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.folder.join("sendmail")
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    fn mail(&self) -> MailOptions {
        let url = format!("sendmail:{}", self.path().display());
        quick(MailOptions::from_url(&url).unwrap())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

const NOTES: &str = "printf '%s\\n' \"$@\" >> $here/args; cat >> $here/stdin";

async fn the_program_gets_everybody_and_the_message(place: &Place) {
    let script = Script::of(NOTES);
    let house = House::of(place, script.mail()).await;
    let text = format!("A line.\n.\nAnother one.\n{}", "0123456789 ".repeat(20_000));
    Email::new("Ann <ann@shop.test>", "Hello", text)
        .with_cc("-bob@shop.test")
        .with_bcc("eve@shop.test")
        .send(&house.ctx)
        .await
        .unwrap();
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let args = script.read("args");
    let args: Vec<&str> = args.lines().collect();
    assert_eq!(args, ["-i", "-f", "shop@shop.test", "--", "ann@shop.test", "-bob@shop.test", "eve@shop.test"]);
    let message = script.read("stdin");
    assert!(message.contains("To: Ann <ann@shop.test>\r\n") && message.contains("Subject: Hello\r\n"));
    assert!(message.contains("\r\n.\r\nAnother one.") && message.len() > 220_000 && !message.contains("eve"));
    house.stop().await;
}

async fn a_program_that_fails_is_tried_again_with_what_it_has_said(place: &Place) {
    let script = Script::of("cat > /dev/null; echo 'the queue is full' >&2; exit 75");
    let house = House::of(place, script.mail()).await;
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    let rows = house.outbox_when(|row| row.attempts > 1 && row.error.is_some()).await;
    let error = rows[0].error.clone().unwrap();
    assert!(error.contains("75") && error.contains("the queue is full"), "{error}");
    // One that does not read, and says so much that nobody could hold it.
    script.be("yes 'no, no' | head -c 300000 >&2; exit 1");
    house.outbox_when(|row| row.error.as_ref().is_some_and(|error| error.contains("no, no"))).await;
    script.be(NOTES);
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert_eq!(script.read("args").matches("ann@shop.test").count(), 1);
    house.stop().await;
}

async fn a_program_that_refuses_ends_the_email(place: &Place) {
    let script = Script::of("cat > /dev/null; echo 'no such user' >&2; exit 67");
    let house = House::of(place, script.mail()).await;
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    let rows = house.outbox_when(|row| row.state == OutboxState::Dead).await;
    assert_eq!(rows[0].attempts, 1);
    assert!(rows[0].error.clone().unwrap().contains("no such user"), "{rows:?}");
    house.stop().await;
}

async fn a_program_that_is_not_there_costs_no_email(place: &Place) {
    let script = Script::of(NOTES);
    std::fs::remove_file(script.path()).unwrap();
    let house = House::of(place, script.mail().give_up_after(1, Duration::from_secs(600))).await;
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    let rows = house.outbox_when(|row| row.error.is_some() && row.claim.is_none()).await;
    assert_eq!((rows[0].state, rows[0].attempts), (OutboxState::Waiting, 0));
    let error = rows[0].error.clone().unwrap();
    assert!(error.contains(&script.path().display().to_string()), "{error}");
    script.be(NOTES);
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    house.stop().await;
}

async fn a_program_that_hangs_is_ended(place: &Place) {
    let script = Script::of("echo $$ >> $here/pids; exec sleep 600");
    let house = House::of(place, script.mail().send_timeout(Duration::from_millis(500))).await;
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    house.outbox_when(|row| row.error.is_some()).await;
    let end = std::time::Instant::now() + Duration::from_secs(60);
    // One that had no time to say its name was followed by another.
    let pid = loop {
        if let Some((pid, _)) = script.read("pids").split_once('\n') {
            break pid.to_owned();
        }
        assert!(std::time::Instant::now() < end, "it was never run");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    script.be(NOTES);
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let process = PathBuf::from(format!("/proc/{pid}/cmdline"));
    while std::fs::read_to_string(&process).is_ok_and(|line| line.contains("sleep")) {
        assert!(std::time::Instant::now() < end, "it still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.stop().await;
}
