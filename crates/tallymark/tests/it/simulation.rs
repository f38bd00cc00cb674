//! A world that is played to the program, which is killed in the middle.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use tallymark_sim::world::{self, Options, Shape, Target};
use tallymark_store::Store;

use crate::world::World;

const SEED: u64 = 23;
const BOOK: &str = "progress.jsonl";

/// The brand of a world; its key.
fn brand(place: &World) -> String {
    let (seed, start) = (SEED.to_string(), world::begins(&Shape::tiny(SEED)) - jiff::SignedDuration::from_mins(1));
    let made = ["tenant", "create", "--name", "清泉", "--host", "127.0.0.1", "--sim", &seed, "--sim-start"];
    let made = place.json(&[&made[..], &[&start.to_string()]].concat());
    made["key"].as_str().unwrap().to_owned()
}

/// A server that goes on where the book ends.
fn serve(place: &World, key: &str) -> (Child, Target) {
    let next = world::next_number(&place.path("")).unwrap().to_string();
    let (seed, arguments) = (SEED.to_string(), ["serve", "--lake", "none", "--listen", "127.0.0.1:0", "--sim"]);
    let mut command = place.command(&[&arguments[..], &[&seed, "--sim-next", &next]].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening ").expect("the server listens").parse().unwrap();
    (child, Target { address, host: "127.0.0.1".into(), api_key: key.to_owned() })
}

fn options(place: &World, connections: usize) -> Options {
    Options { shape: Shape::tiny(SEED), connections, folder: place.path(""), stop_before: None }
}

fn ended(mut server: Child) {
    server.kill().unwrap();
    server.wait().unwrap();
}

async fn digest(place: &World) -> String {
    let store = Store::open(place.database(), &tallymark_store::Options::default()).await.unwrap();
    let digest = world::digest(&store).await.unwrap();
    store.close().await;
    digest
}

#[tokio::test]
async fn a_world_whose_server_was_killed_goes_on_to_the_same_end() {
    let (whole, killed) = (World::empty(), World::empty());
    let key = brand(&whole);
    let (server, target) = serve(&whole, &key);
    world::play(&target, &options(&whole, 2), |_| {}).await.unwrap();
    ended(server);

    let key = brand(&killed);
    let lines_of = |place: &World| std::fs::read_to_string(place.path(BOOK)).unwrap_or_default().lines().count();
    let whole_lines = lines_of(&whole);
    for quarter in 1..=3 {
        let (server, target) = serve(&killed, &key);
        let options = options(&killed, 4);
        let play = world::play(&target, &options, |_| {});
        let reached = async {
            while lines_of(&killed) < whole_lines * quarter / 4 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        // Whatever is on its way then may have been decided or not.
        tokio::select! {
            played = play => panic!("the world ended before the server was killed: {played:?}"),
            () = reached => ended(server),
        }
    }
    let (server, target) = serve(&killed, &key);
    world::play(&target, &options(&killed, 3), |_| {}).await.unwrap();
    ended(server);

    assert_eq!(digest(&killed).await, digest(&whole).await);
    assert_eq!(killed.says(&["verify"]).trim(), "0 discrepancies");
}

#[test]
fn a_simulation_is_refused_where_something_real_is_and_by_another_seed() {
    let real = World::new();
    let start = "2026-02-01T00:00:00Z";
    let create = ["tenant", "create", "--name", "x", "--host", "x.example", "--sim", "1", "--sim-start", start];
    real.refuses(&create, 2, "simulation.real", "needs a new database");
    let simulated = World::empty();
    brand(&simulated);
    for (place, code) in [(real, "simulation.real"), (simulated, "simulation.other_seed")] {
        // The server's log comes before.
        let refused = place.command(&["serve", "--lake", "none", "--sim", "1"]).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.lines().last().is_some_and(|line| line.starts_with(&format!("error [{code}]: "))), "{said}");
        assert_eq!((refused.status.code(), refused.stdout), (Some(2), Vec::new()));
    }
}
