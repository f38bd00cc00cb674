//! Programs that the tests use beside Rust and Node: which are here, and how Debian installs the rest.

use std::process::Command;

use crate::process::{self, Failure};

/// A program that tests call, and the Debian package that brings it.
struct Tool {
    program: &'static str,
    package: &'static str,
    used_for: &'static str,
}

const TOOLS: [Tool; 5] = [
    Tool { program: "zbarimg", package: "zbar-tools", used_for: "reading printed codes with an independent decoder" },
    Tool { program: "pdftoppm", package: "poppler-utils", used_for: "rendering label sheets" },
    Tool { program: "rsvg-convert", package: "librsvg2-bin", used_for: "rendering SVG codes" },
    Tool { program: "python3", package: "python3-venv", used_for: "reading the lake with engines that are not ours" },
    Tool { program: "chromium", package: "chromium", used_for: "browser tests" },
];

/// Chinese text in browser tests needs glyphs; a font has no program to look for.
const FONTS: (&str, &str) = ("fonts-noto-cjk", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc");

/// Whether this run is a build server's, where nothing may be skipped.
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// Whether we are root: `apt-get` needs it, PostgreSQL refuses it.
pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Whether a program is on the path.
pub(crate) fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|paths| std::env::split_paths(&paths).any(|folder| folder.join(program).is_file()))
}

/// Whether a tool can be used. Debian has a Python without the module that makes environments.
fn is_here(tool: &Tool) -> bool {
    let works = || process::succeeds("python3", &["-c", "import venv, ensurepip"]);
    has(tool.program) && (tool.program != "python3" || works())
}

/// Installs what is missing when `install` is set; otherwise says what will be skipped.
pub(crate) fn ensure(install: bool) -> Result<(), Failure> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !is_here(tool)).collect();
    let fonts_missing = !std::path::Path::new(FONTS.1).is_file();
    if install {
        let mut packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
        packages.extend(fonts_missing.then_some(FONTS.0));
        ensure_rust_components();
        return if packages.is_empty() { Ok(()) } else { apt_install(&packages) };
    }
    for Tool { program, package, used_for } in missing {
        println!("tools: no {program}, so skipped: {used_for} (`--install` installs {package})");
    }
    Ok(())
}

/// Installs Debian packages, with one retry: mirrors fail now and then.
pub(crate) fn apt_install(packages: &[&str]) -> Result<(), Failure> {
    let by_hand = format!("install {} by your system's package manager", packages.join(", "));
    if !has("apt-get") {
        return Err(Failure::new(format!("no apt-get here: {by_hand}")));
    }
    if !is_root() {
        return Err(Failure::new(format!("apt-get needs root: run `sudo apt-get install -y {}`", packages.join(" "))));
    }
    println!("tools: apt-get installs {}", packages.join(" "));
    apt(packages).or_else(|first| {
        println!("tools: {first}\ntools: once more");
        apt(packages)
    })
}

fn apt(packages: &[&str]) -> Result<(), Failure> {
    process::run_silently(apt_get().args(["update"]))?;
    process::run_silently(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    // Another installation may be under way: wait for it instead of failing.
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["--quiet", "-o", "DPkg::Lock::Timeout=300"]);
    command
}

/// A minimal rustup profile leaves out the formatter and the lints.
fn ensure_rust_components() {
    for (program, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let present =
            process::cargo().args([program, "--version"]).output().is_ok_and(|output| output.status.success());
        if !present && has("rustup") {
            println!("tools: rustup adds {component}");
            if let Err(failure) = process::run_silently(Command::new("rustup").args(["component", "add", component])) {
                println!("tools: {failure}");
            }
        }
    }
}
