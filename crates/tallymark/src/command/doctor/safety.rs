//! Who may reach the server and read its files: https, measures, the place of the master key, the database's file.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tallymark_server::condition::Finding;

use crate::installation::Installation;

/// Whether people's sessions travel readable.
pub(super) fn https(listen: SocketAddr, is_https: bool) -> Finding {
    match (is_https, listen.ip().is_loopback()) {
        (true, _) => Finding::ok("https", "people reach the server over https, which a proxy before it ends"),
        (false, true) => {
            let text = "only this machine reaches the server; before others do, put a proxy that ends TLS before it and \
                        start it with --https";
            Finding::note("https", text)
        }
        (false, false) => Finding::wrong(
            "https",
            format!(
                "others may reach {listen} without https: passwords and sessions would travel readable; listen on \
                 127.0.0.1, put a proxy that ends TLS before it, and start the server with --https"
            ),
        ),
    }
}

/// Whether others than the operator's own network see the measures.
pub(super) fn measures(listener: Option<SocketAddr>) -> Option<Finding> {
    let listener = listener?;
    Some(if listener.ip().is_unspecified() {
        let text = format!(
            "/metrics answers whoever reaches this machine ({listener}); give an address of your own network by \
             --metrics-listener"
        );
        Finding::note("measures", text)
    } else {
        Finding::ok("measures", format!("/metrics answers at {listener}"))
    })
}

/// Whether the master key lies where whoever copies the data takes it with them.
pub(super) fn key_place(installation: &Installation) -> Finding {
    let Some(file) = installation.key_file() else {
        let text = "the master key stands in the environment, which other programs of the same user can read; a file with \
                    mode 600 is safer (TALLYMARK_MASTER_KEY_FILE)";
        return Finding::note("key place", text);
    };
    match installation.database_file() {
        Some(database) if folder_of(file) == folder_of(&database) => {
            let text = "the master key lies beside the database: whoever copies the folder can read everything; keep it \
                        elsewhere, and a copy of it in a safe";
            Finding::note("key place", text)
        }
        _ => Finding::ok("key place", "the master key lies apart from the data; keep a copy of it in a safe"),
    }
}

/// Whether others on the machine may read the database's file.
pub(super) fn database_file(installation: &Installation) -> Option<Finding> {
    let file = installation.database_file()?;
    let mode = std::fs::metadata(&file).ok()?.permissions().mode() & 0o777;
    let path = file.display();
    Some(if mode & 0o077 == 0 {
        Finding::ok("database file", format!("only its owner may read {path}"))
    } else {
        let text = format!("{path} has mode {mode:o}: others on this machine may read it; chmod 600 {path}");
        Finding::note("database file", text)
    })
}

fn folder_of(file: &Path) -> Option<std::path::PathBuf> {
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use tallymark_server::condition::State;

    use super::*;

    #[test]
    fn a_server_that_others_reach_without_https_is_wrong() {
        let state = |listen: &str, is_https| https(listen.parse().unwrap(), is_https).state;
        assert_eq!(state("0.0.0.0:8080", false), State::Wrong);
        assert_eq!(state("192.0.2.7:8080", false), State::Wrong);
        assert_eq!(state("127.0.0.1:8080", false), State::Note);
        assert_eq!(state("0.0.0.0:8080", true), State::Ok);
    }

    #[test]
    fn measures_for_everybody_are_worth_a_word() {
        let state = |listener: &str| measures(Some(listener.parse().unwrap())).map(|finding| finding.state);
        assert_eq!(state("0.0.0.0:9090"), Some(State::Note));
        assert_eq!(state("10.0.0.4:9090"), Some(State::Ok));
        assert!(measures(None).is_none());
    }
}
