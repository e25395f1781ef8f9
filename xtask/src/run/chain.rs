//! The demo chain as processes: a server, two tills, and the line of till B that can be cut.

use std::{
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{children::Children, http::Desk, lock::Lock, ports::Ports, proxy::Proxy};
use crate::{
    code::readdress,
    house::House,
    say,
    stop::{Stop, While},
};

/// Laying the demo chain takes seconds; a busy machine takes longer.
const SERVER_WITHIN: Duration = Duration::from_secs(300);
const TILL_WITHIN: Duration = Duration::from_secs(60);
const JOINED_WITHIN: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(50);
/// Of the demo's first administrator.
const LOGIN: &str = "head-office";

pub struct Chain {
    pub children: Children,
    pub proxy: Proxy,
    pub a: Till,
    pub b: Till,
    /// `http://host:port`.
    pub console: String,
    /// Login and password of head office, made up for this run.
    pub head_office: (String, String),
    /// The folder with all its books, logs and pictures.
    pub place: PathBuf,
    _lock: Lock,
}

pub struct Till {
    /// `A`, in what is printed.
    pub name: &'static str,
    pub folder: PathBuf,
    pub store: &'static str,
    pub port: u16,
    /// As the server printed it, and B's with the address of the proxy. `None` when it has joined before.
    code: Option<String>,
    program: PathBuf,
    screens: PathBuf,
}

/// Starts the server on the demo chain in `place`, and takes the first administrator's code to make one.
pub fn start(house: &House, children: &Children, place: PathBuf, keep: bool) -> Result<Chain, Stop> {
    let lock = Lock::take(&place)?;
    let keep = keep && place.join("ports.json").is_file();
    if !keep {
        lock.clear(&place)?;
    }
    std::fs::create_dir_all(place.join("logs")).doing(place.display())?;
    let kept = place.join("ports.json");
    let ports = if keep { Ports::kept(&kept)? } else { Ports::find()? };
    ports.keep(&kept)?;
    let ready = start_server(house, children, &place, &ports, keep)?;
    let console = ready["console"].as_str().map_or_else(|| format!("http://127.0.0.1:{}", ports.console), str::to_owned);
    let head_office = head_office(&place, &console, ready["first_admin_code"].as_str())?;
    let proxy = Proxy::start_at(ports.proxy, SocketAddr::from(([127, 0, 0, 1], ports.sync)))?;
    let code = |store: &str| ready["enrol"][store].as_str().map(str::to_owned);
    let behind = code("QN").map(|code| readdress(&code, &format!("https://{}", proxy.address()))).transpose()?;
    let till = |name, store, port, code| Till {
        name,
        folder: place.join(format!("till-{}", str::to_lowercase(name))),
        store,
        port,
        code,
        program: house.program("hefu-till"),
        screens: house.path("ui/dist"),
    };
    let (a, b) = (till("A", "HB", ports.till_a, code("HB")), till("B", "QN", ports.till_b, behind));
    Ok(Chain { children: children.clone(), proxy, a, b, console, head_office, place, _lock: lock })
}

fn start_server(house: &House, children: &Children, place: &Path, ports: &Ports, keep: bool) -> Result<Value, Stop> {
    let mut command = Command::new(house.program("hefu-server"));
    command.arg("run").arg("--data").arg(place.join("server")).arg("--file-keys");
    command.args(["--listen", &format!("127.0.0.1:{}", ports.sync), "--address", &format!("https://127.0.0.1:{}", ports.sync)]);
    command.args(["--console", &format!("127.0.0.1:{}", ports.console)]).arg("--ui").arg(house.path("ui/dist"));
    if !keep {
        command.args(["--demo", "--print-enrol", "HB,QN"]);
    }
    children.start("server", command, &place.join("logs/server.log"), SERVER_WITHIN)
}

/// The first administrator, through the one-time code that the server printed. The password is made up anew for each chain.
fn head_office(place: &Path, console: &str, code: Option<&str>) -> Result<(String, String), Stop> {
    let file = place.join("head-office.txt");
    let Some(code) = code else {
        let password = std::fs::read_to_string(&file).doing(file.display())?;
        return Ok((LOGIN.into(), password.trim().to_owned()));
    };
    let password = [RandomState::new().hash_one(console), RandomState::new().hash_one(code)].map(|part| format!("{part:016x}")).concat();
    let password: String = password.chars().take(14).collect();
    let request = json!({ "code": code, "login": LOGIN, "name": "总部演示", "password": password });
    Desk::at(console).rpc("session.first_admin", &request)?;
    std::fs::write(&file, &password).doing(file.display())?;
    Ok((LOGIN.into(), password))
}

impl Chain {
    /// Starts both tills and lets them join.
    pub fn open_tills(&mut self, windows: bool) -> Result<(), Stop> {
        for till in [&self.a, &self.b] {
            till.open(&self.children, windows)?;
        }
        for till in [&mut self.a, &mut self.b] {
            let begun = Instant::now();
            till.join()?;
            // Not where it is: the pictures still close and open it, which would throw out whoever had signed in there.
            println!("      till {} of store {} in {}", till.name, till.store, say::time(begun.elapsed()));
        }
        Ok(())
    }

    /// Where everything is, for the person in front of it.
    pub fn tell(&self) {
        println!();
        println!("  till A, store HB   {}", self.a.address());
        println!("  till B, store QN   {}   (its line to the server can be cut)", self.b.address());
        println!("  head office        {}   login {}   password {}", self.console, self.head_office.0, self.head_office.1);
        println!("  PINs of the demo: manager 1001, cashiers 2001 and 2002, assistant 3001");
        println!("  data and logs in .run; `--keep` goes on with them");
        println!();
    }
}

impl Till {
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn process(&self) -> String {
        format!("till-{}", self.name)
    }

    /// What the program is given besides `--headless`.
    pub fn arguments(&self) -> Vec<String> {
        let address = format!("127.0.0.1:{}", self.port);
        let shown = |path: &Path| path.display().to_string();
        vec!["--data".into(), shown(&self.folder), "--serve".into(), address, "--ui".into(), shown(&self.screens), "--file-keys".into()]
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    pub fn open(&self, children: &Children, window: bool) -> Result<(), Stop> {
        let mut command = Command::new(&self.program);
        command.args(self.arguments());
        if !window {
            command.arg("--headless");
        }
        let log = self.folder.with_file_name("logs").join(format!("{}.log", self.process()));
        children.start(&self.process(), command, &log, TILL_WITHIN).map(drop)
    }

    pub fn desk(&self) -> Desk {
        Desk::at(&self.address())
    }

    /// Joins by its code, as a person who pastes it does, and waits until the chain's book is here.
    fn join(&mut self) -> Result<(), Stop> {
        let mut desk = self.desk();
        if let Some(code) = self.code.take() {
            desk.rpc("setup.join", &json!({ "code": code }))?;
        }
        let begun = Instant::now();
        loop {
            let setup = desk.ask("setup.status")?;
            if !setup["error"].is_null() {
                return Err(Stop::new(format!("till {} could not join: {}", self.name, setup["error"])));
            }
            if setup["stage"]["stage"] == "ready" {
                return Ok(());
            }
            if begun.elapsed() > JOINED_WITHIN {
                return Err(Stop::new(format!("till {} did not get ready: {setup}", self.name)));
            }
            thread::sleep(LOOK);
        }
    }
}
