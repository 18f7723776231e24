use super::*;

fn shared() -> Shared {
    Shared::new(Config::new(), Duration::ZERO, None, 1)
}

fn ends(mut ride: Ride<'_>, end: End) {
    ride.end = end;
}

#[tokio::test]
async fn who_stands_behind_another_is_not_first() {
    let shared = shared();
    let line = &shared.lines[0];
    // Counted before the other, and sent after it.
    let (late, early) = (Ride::on(&shared, line), Ride::on(&shared, line));
    assert!(!early.is_first() && !late.is_first(), "nothing was sent");
    early.sent();
    late.sent();
    assert!(!late.is_first());
    ends(early, End::Over);
    assert!(late.is_first());
}

#[tokio::test]
async fn what_is_no_turn_of_the_connection_lets_nobody_come_first() {
    let shared = shared();
    let line = &shared.lines[0];
    let (slow, behind) = (Ride::on(&shared, line), Ride::on(&shared, line));
    slow.sent();
    behind.sent();
    // One that could not be sent.
    ends(Ride::on(&shared, line), End::Over);
    assert!(!behind.is_first());
    // One that nobody reads on may go on in the database.
    ends(slow, End::Unread);
    assert!(!behind.is_first());
    assert_eq!(line.count(), 1);
}

#[tokio::test]
async fn a_lock_is_a_turn_and_no_progress() {
    let shared = shared();
    let line = &shared.lines[0];
    let (locked, behind) = (Ride::on(&shared, line), Ride::on(&shared, line));
    locked.sent();
    behind.sent();
    line.got_on.store(7, Ordering::Relaxed);
    ends(locked, End::Locked);
    assert!(behind.is_first());
    assert_eq!(line.got_on.load(Ordering::Relaxed), 7);
}

#[tokio::test]
async fn the_next_connection_counts_anew() {
    let shared = shared();
    let line = &shared.lines[0];
    let old = Ride::on(&shared, line);
    old.sent();
    assert!(old.is_first());
    line.load.store(line.load().anew().0, Ordering::Relaxed);
    assert!(!old.is_first());
    let new = Ride::on(&shared, line);
    ends(old, End::Over);
    assert_eq!((line.load().connection(), line.load().ended(), line.count()), (1, 0, 1));
    new.sent();
    assert!(new.is_first());
}

#[test]
fn the_numbers_of_a_load_wrap() {
    let full = Load(u64::MAX);
    assert_eq!(full.less(true).ended(), 0);
    assert_eq!((full.less(true).connection(), full.less(true).under_way()), (full.connection(), Load::MASK - 1));
    assert_eq!(full.anew().0, 0);
}
