//! `cargo xtask demo`, `bench` and `crash`: build the server and `tallymark-sim`, then hand over to `tallymark-sim`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::console;
use crate::lanes::{self, Engine};
use crate::postgres::Memory;
use crate::process::{self, Failure};
use crate::workspace::Workspace;

/// Where `tallymark-sim` finds a PostgreSQL server to measure and to crash against.
const POSTGRES_URL: &str = "TALLYMARK_BENCH_POSTGRES_URL";

/// The figure that a test of the server tells.
const PROOF: &str = "routes_without_proof";

/// The two programs of one build.
struct Programs {
    server: PathBuf,
    sim: PathBuf,
}

/// Builds with the hot crates optimised and the rest not, and starts the demo.
pub(crate) fn demo(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    console::build(workspace)?;
    let programs = build(workspace, "demo", &[])?;
    let mut sim = Command::new(&programs.sim);
    process::run(sim.arg("demo").arg("--bin").arg(&programs.server).args(arguments))
}

/// Builds for release and measures one group.
pub(crate) fn bench(workspace: &Workspace, group: &str, arguments: &[String]) -> Result<(), Failure> {
    if group == "console" {
        return bench_console(workspace, arguments);
    }
    let programs = build(workspace, "release", &[])?;
    let (_cluster, url) = lanes::engine(Engine::Both, Memory::of_a_server())?;
    let mut sim = Command::new(&programs.sim);
    sim.args(["bench", group, "--bin"]).arg(&programs.server);
    sim.arg("--out").arg(workspace.root.join("bench/results")).args(arguments);
    let is_limited = arguments.iter().any(|argument| argument.starts_with("--only"));
    if group == "lake" && (!is_limited || arguments.iter().any(|argument| argument.ends_with(PROOF))) {
        sim.args(["--routes-without-proof", &routes_without_proof(workspace)?]);
    }
    process::run(with_postgres(&mut sim, url.as_deref()))
}

/// What the console weighs and how soon it can be used, in a browser against the program.
fn bench_console(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    // Before the program: a release build holds what it finds.
    console::build(workspace)?;
    let programs = build(workspace, "release", &[])?;
    console::install(&workspace.root.join("e2e"))?;
    let mut node = Command::new("node");
    node.arg(workspace.root.join("e2e/bench/console.js")).arg("--out").arg(workspace.root.join("bench/results"));
    node.args(arguments).env("TALLYMARK_BIN", &programs.server).env("TALLYMARK_SIM_BIN", &programs.sim);
    process::run(&mut node)
}

/// Takes the pictures of the READMEs from the running product.
pub(crate) fn screenshots(workspace: &Workspace) -> Result<(), Failure> {
    console::build(workspace)?;
    workspace.build_all()?;
    let folder = workspace.root.join("e2e");
    console::install(&folder)?;
    let mut node = Command::new("node");
    node.arg("screenshots.js").current_dir(&folder).env("TALLYMARK_BIN", workspace.target.join("debug/tallymark"));
    process::run(&mut node)
}

/// What the server's proof of its permissions tells: it reads every route of the API's description.
fn routes_without_proof(workspace: &Workspace) -> Result<String, Failure> {
    // All are built, whichever are run: see `Workspace::build_all`.
    let mut cargo = workspace.cargo(&["test", "--quiet", "--workspace", "--all-targets", "--"]);
    cargo.args(["every_route_declares_its_permission_and_has_a_proof::sqlite", "--nocapture"]);
    let output = process::stdout_of(&mut cargo)?;
    let told = output.lines().find_map(|line| line.trim().strip_prefix("figure routes_without_proof "));
    let routes = told.and_then(|told| told.split(' ').next());
    routes.map(str::to_owned).ok_or_else(|| Failure::new("the proof of the permissions told no figure"))
}

/// Builds for release with fail points, and kills the server `kills` times on each engine.
pub(crate) fn crash(workspace: &Workspace, kills: u32, engine: Engine, arguments: &[String]) -> Result<(), Failure> {
    let built = build(workspace, "release", &["--features", "tallymark/failpoints"])?;
    // The dependencies are shared with plain release builds; the programs are kept apart from them.
    let programs = copied(&built, &workspace.target.join("crash"))?;
    let (_cluster, url) = lanes::engine(engine, Memory::TESTS)?;
    let mut sim = Command::new(&programs.sim);
    sim.args(["crash", "--kills", &kills.to_string(), "--engine", engine.name(), "--bin"]).arg(&programs.server);
    sim.args(arguments);
    process::run(with_postgres(&mut sim, url.as_deref()))
}

fn build(workspace: &Workspace, profile: &str, features: &[&str]) -> Result<Programs, Failure> {
    let mut cargo = workspace.cargo(&["build", "--package", "tallymark", "--package", "tallymark-sim", "--bins"]);
    process::run(cargo.args(["--profile", profile]).args(features))?;
    let folder = workspace.target.join(profile);
    Ok(Programs { server: folder.join("tallymark"), sim: folder.join("tallymark-sim") })
}

fn copied(programs: &Programs, folder: &Path) -> Result<Programs, Failure> {
    let copy = |program: &Path, name: &str| {
        let to = folder.join(name);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::copy(program, &to))
            .map_err(|error| Failure::new(format!("cannot copy {} to {}: {error}", program.display(), to.display())))?;
        Ok(to)
    };
    Ok(Programs { server: copy(&programs.server, "tallymark")?, sim: copy(&programs.sim, "tallymark-sim")? })
}

fn with_postgres<'a>(command: &'a mut Command, url: Option<&str>) -> &'a mut Command {
    match url {
        Some(url) => command.env(POSTGRES_URL, url),
        None => command.env_remove(POSTGRES_URL),
    }
}
