//! How the program is linked.

use std::process::Command;

/// The first version of the C library that can load what is asked for here (glibc 2.36).
const GLIBC_MIN: (u32, u32) = (2, 36);

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A program that is loaded anywhere in memory has a table of the addresses in it that are to be moved: one entry of 24
    // bytes each, 6 MB with the query engine, all read at the start. Relative addresses packed as a bitmap need 75 kB.
    if is_for_this_linux() && glibc().is_some_and(|version| version >= GLIBC_MIN) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

fn is_for_this_linux() -> bool {
    let of = |name| std::env::var(name).unwrap_or_default();
    of("CARGO_CFG_TARGET_OS") == "linux" && of("CARGO_CFG_TARGET_ENV") == "gnu" && of("HOST") == of("TARGET")
}

/// The version of this machine's C library.
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
