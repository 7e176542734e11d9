//! Who has a folder, and who takes over one that is nobody's any more.

use super::*;
use std::fs;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.collect()
}

/// A claim of a process, touched so long ago.
fn claimed(path: &Path, owner: Owner, ago: Duration) {
    let token = if path.ends_with(CLAIM) { "abc" } else { "def" };
    let mut file = File::create(path).unwrap();
    Text { owner, since: Duration::from_secs(946_728_000) }.write(&mut file, token).unwrap();
    file.set_modified(file.metadata().unwrap().modified().unwrap() - ago).unwrap();
}

fn elsewhere() -> Owner {
    Owner { host: "elsewhere".into(), ..Owner::this() }
}

fn dead() -> Owner {
    Owner { started: Owner::this().started + 1, ..Owner::this() }
}

#[test]
fn a_folder_is_one_processs_until_it_is_let_go() {
    let folder = folder();
    let first = Claim::take(folder.path(), &Clock::wall()).ok().unwrap();
    assert!(first.look().is_ok() && names(folder.path()) == [CLAIM]);
    let Err(Refused::Held(holder)) = Claim::take(folder.path(), &Clock::wall()) else { panic!("taken twice") };
    let told = holder.told();
    assert!(told.starts_with(&format!("process {} on ", std::process::id())) && told.contains("UTC"), "{told}");
    drop(first);
    assert!(names(folder.path()).is_empty());
    assert!(Claim::take(folder.path(), &Clock::wall()).is_ok());
}

#[cfg(target_os = "linux")]
#[test]
fn the_claim_of_a_process_that_is_dead_here_is_taken_over_at_once() {
    let folder = folder();
    claimed(&folder.path().join(CLAIM), dead(), Duration::ZERO);
    let claim = Claim::take(folder.path(), &Clock::wall()).ok().unwrap();
    assert!(claim.look().is_ok() && names(folder.path()) == [CLAIM]);
}

#[test]
fn a_process_elsewhere_counts_as_dead_after_half_a_minute_of_silence() {
    let folder = folder();
    let path = folder.path().join(CLAIM);
    for (silence, dead) in [(0, false), (20, false), (29, false), (31, true), (100_000, true)] {
        claimed(&path, elsewhere(), Duration::from_secs(silence));
        assert_eq!(Claim::take(folder.path(), &Clock::wall()).is_ok(), dead, "{silence} s");
    }
    // What says nothing of its process blocks no longer.
    fs::write(&path, "?").unwrap();
    assert!(matches!(Claim::take(folder.path(), &Clock::wall()), Err(Refused::Held(_))));
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(file.metadata().unwrap().modified().unwrap() - SILENCE).unwrap();
    assert!(Claim::take(folder.path(), &Clock::wall()).is_ok());
}

/// Many at once, so that they meet at each step of the way: one has it, whatever was left there.
#[test]
fn of_many_at_once_one_has_it_and_nothing_is_left() {
    for round in 0..40 {
        let folder = folder();
        let path = folder.path().join(CLAIM);
        if round % 2 == 1 {
            claimed(&path, if round % 4 == 1 { dead() } else { elsewhere() }, 2 * SILENCE);
        }
        if round % 8 >= 5 {
            // One that died as it took it over, and one before it had a name.
            claimed(&folder.path().join(format!("{CLAIM}.right-abc")), dead(), 2 * SILENCE);
            claimed(&folder.path().join(format!("{CLAIM}.new-abc")), dead(), 2 * SILENCE);
        }
        let all = std::thread::scope(|scope| {
            let takes = || scope.spawn(|| Claim::take(folder.path(), &Clock::wall()));
            let threads: Vec<_> = (0..8).map(|_| takes()).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        for refused in all.iter().filter_map(|taken| taken.as_ref().err()) {
            assert!(matches!(refused, Refused::Held(_)), "round {round}: another reason");
        }
        assert_eq!(all.iter().filter(|taken| taken.is_ok()).count(), 1, "round {round}");
        assert_eq!(names(folder.path()), [CLAIM], "round {round}");
        drop(all);
        assert!(names(folder.path()).is_empty(), "round {round}");
    }
}

#[test]
fn a_claim_is_touched_and_known_to_be_lost() {
    let folder = folder();
    let path = folder.path().join(CLAIM);
    let claim = Claim::take(folder.path(), &Clock::wall()).ok().unwrap();
    let before = fs::read(&path).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    let old = file.metadata().unwrap().modified().unwrap() - SILENCE;
    file.set_modified(old).unwrap();
    assert!(touch(&path, &claim.token).unwrap());
    assert!(fs::metadata(&path).unwrap().modified().unwrap() > old && fs::read(&path).unwrap() == before);
    claimed(&path, elsewhere(), Duration::ZERO);
    assert!(!touch(&path, &claim.token).unwrap());
    assert!(claim.look().is_err() && !claim.is_held());
    drop(claim);
    assert!(path.is_file(), "another's claim stays");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_no_claim() {
    let folder = folder();
    std::os::unix::fs::symlink(folder.path().join("victim"), folder.path().join(CLAIM)).unwrap();
    assert!(matches!(Claim::take(folder.path(), &Clock::wall()), Err(Refused::NoFile)));
    assert_eq!(names(folder.path()), [CLAIM]);
}
