//! Starts that are refused: exit code 2, the code, and a sentence in both languages.

use std::{path::Path, sync::Arc};

use hefu_core::wire::Enrolment;

use crate::{
    process::{Server, database_key, program, refused},
    till::{Till, key},
};

fn run(data: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut arguments = vec!["run", "--file-keys", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    arguments.extend(more);
    refused(&arguments)
}

#[track_caller]
fn says((status, said): &(Option<i32>, String), code: &str, zh: &str, en: &str) {
    assert_eq!(*status, Some(2), "{said}");
    assert!(said.contains(code) && said.contains(zh) && said.contains(en), "{said}");
}

const NAMED: [&str; 2] = ["--chain-name", "四海百货"];

#[test]
fn a_console_for_everybody_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for address in ["0.0.0.0:7080", "[::]:7080", "192.168.1.10:7080"] {
        let mut arguments = NAMED.to_vec();
        arguments.extend(["--console", address]);
        says(&run(&data, &arguments), "request.invalid", "只能监听本机地址", "this machine alone");
    }
    assert!(!data.exists());
}

#[test]
fn a_first_start_needs_a_name_and_may_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    says(&run(&data, &[]), "request.invalid", "--chain-name", "name the chain");
    says(&run(&data, &["--chain-name", "  "]), "name.invalid", "名字", "name");
    says(&run(&data, &["--chain-name", "a", "--address", "http://hq.example:7443"]), "request.invalid", "https", "https");
    for address in ["https://hq.example:7443/", "https://hq.example/x", "https://me@hq.example", "hq.example:7443", "https://"] {
        says(&run(&data, &["--chain-name", "a", "--address", address]), "request.invalid", "https", "https");
    }
    let (_, said) = refused(&["enrol", "--file-keys", "--data", data.to_str().unwrap(), "--store", "HB"]);
    assert!(said.contains("command.not_here"), "{said}");
    let server = Server::on(Arc::new(folder), "127.0.0.1:0", &[]);
    assert!(server.ready.first_admin_code.is_some());
    server.stop();
}

#[test]
fn one_server_at_a_time() {
    let server = Server::start();
    says(&run(&server.data(), &NAMED), "database.in_use", "另一个 hefu-server", "Another hefu-server");
    let taken = server.host().to_owned();
    let other = tempfile::tempdir().unwrap();
    let data = other.path().to_str().unwrap().to_owned();
    let (status, said) = refused(&["run", "--file-keys", "--chain-name", "a", "--listen", &taken, "--data", &data]);
    says(&(status, said), "request.invalid", "已被占用", "taken");
    server.stop();
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    says(&run(&file.join("data"), &NAMED), "folder.read_only", "权限", "permissions");
}

/// Root may write anywhere, so that this one runs as somebody else where it can.
#[cfg(unix)]
#[test]
fn a_folder_of_somebody_else_is_said() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o555)).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let copy = folder.path().join("hefu-server");
    std::fs::copy(env!("CARGO_BIN_EXE_hefu-server"), &copy).unwrap();
    let mut command = std::process::Command::new(copy);
    command.args(["run", "--file-keys", "--chain-name", "a", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    if std::fs::write(data.join("probe"), "").is_ok() {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    says(&(output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()), "folder.read_only", "权限", "permissions");
}

#[test]
fn newer_data_is_left_alone() {
    for (file, of) in [("log.db", "hefu server log.db 1"), ("hq.db", "hefu server hq.db 1")] {
        let folder = Server::start().stop();
        let data = folder.path().join("data");
        let open = || {
            let connection = rusqlite::Connection::open(data.join(file)).unwrap();
            let key: String = database_key(&data, of).iter().map(|byte| format!("{byte:02x}")).collect();
            connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\"")).unwrap();
            connection
        };
        open().execute_batch("PRAGMA user_version = 99").unwrap();
        says(&run(&data, &[]), "database.newer", "更新 hefu-server", "Update hefu-server");
        let version: i64 = open().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, 99, "{file}");
    }
}

#[test]
fn a_key_that_is_gone_or_wrong_is_never_made_anew() {
    let folder = Server::start().stop();
    let data = folder.path().join("data");
    let path = data.join("keys/database.key");
    let key = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    says(&run(&data, &[]), "key_store.failed", "不要删除数据", "delete nothing");
    assert!(!path.exists());
    std::fs::write(&path, [7; 32]).unwrap();
    says(&run(&data, &[]), "database.key_wrong", "不要删除数据", "delete nothing");
    std::fs::write(&path, &key[..31]).unwrap();
    says(&run(&data, &[]), "key_store.failed", "不要删除数据", "delete nothing");
    std::fs::write(&path, key).unwrap();
    Server::on(folder, "127.0.0.1:0", &[]).stop();
}

#[test]
fn the_demo_chain_does_not_come_over_another() {
    let folder = Server::start().stop();
    says(&run(&folder.path().join("data"), &["--demo"]), "setup.already", "--demo", "--demo");
    let (_, said) = run(&folder.path().join("data"), &["--print-enrol", "ZZ"]);
    assert!(said.contains("store.unknown"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_can_be_had_while_no_server_runs() {
    let server = Server::start();
    let admin = server.administrator().await;
    server.enrolment(&admin, "HB").await;
    let (data, listen) = (server.data(), server.host().to_owned());
    let arguments = ["enrol", "--file-keys", "--store", "hb", "--data", data.to_str().unwrap()];
    says(&refused(&arguments), "database.in_use", "另一个 hefu-server", "Another hefu-server");
    let folder = server.stop();
    let output = program().args(arguments).output().unwrap();
    assert!(output.status.success());
    let code = Enrolment::read(&String::from_utf8(output.stdout).unwrap()).unwrap();
    let _server = Server::on(folder, &listen, &[]);
    let till = Till::join(code.clone()).await.unwrap();
    assert_eq!(till.replica.identity().till_no, 1);
    assert!(hefu_sync::enrol(&code, &key()).await.is_err());
}
