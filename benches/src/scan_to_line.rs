//! `scan-to-line`: the real window with fifty lines on the cart, while 30 days of a chain's sales are being pulled from a
//! real server and folded into the large book. Measured in the page, from the key that ends a code to the mark that the
//! frame with the line has been painted; only scans at whose end operations were still to come are counted.

use std::{path::Path, time::Duration};

use ed25519_dalek::SigningKey;
use fantoccini::Client;
use hefu_demo_book::{chain_id, store_id};
use hefu_fixtures::{Demo, Scale};
use serde_json::{Value, json};

use crate::{
    book::{self, SEED, TODAY_MS},
    chain::{Server, level},
    dice::Dice,
    error::{BenchError, Done},
    figures::{Reach, Row, Spans, ms},
    rung::ring_up,
    window::{Screen, close, in_page, programs},
};

const LINES: usize = 50;
const P95_MOST: Duration = Duration::from_millis(50);
/// Thirty days of fifty stores with forty sales a day.
const SALES: usize = 30 * 50 * 40;
const HISTORY: Scale = Scale { days: 30, sales_per_store_day: 670, ..Scale::large() };
const AT_ONCE: usize = 10;
const SCANS_LEAST: usize = 40;
/// The manager's, at the top of the list of staff.
const PIN: &str = "1001";

pub fn run() -> Done<Row> {
    tokio::runtime::Runtime::new()?.block_on(scans())
}

async fn scans() -> Done<Row> {
    let [till, _] = programs()?;
    let folder = book::large_copy("scan-to-line")?;
    let mut server = serve(&folder).await?;
    let codes = codes();
    let screen = Screen::start()?;
    let window = screen.open(&till, &["--file-keys", "--data", &folder.to_string_lossy()], "pin").await?;
    sign_in(&window).await?;
    let filled = scan(&window, &codes).await?;
    if filled["lines"] != json!(LINES) {
        return Err(BenchError::setup(format!("the cart has {} lines", filled["lines"])));
    }
    let quiet = scan(&window, &codes).await?;
    let mut still = Spans::default();
    let micros = |pair: &Value| Duration::from_micros(pair[0].as_u64().unwrap_or(u64::MAX));
    quiet["spans"].as_array().into_iter().flatten().for_each(|pair| still.add(micros(pair)));
    println!("  with nothing pulled: median {}, p95 {}", ms(still.median()), ms(still.percentile(95)));
    server.listen()?;
    in_page(&window, "window.__TAURI_INTERNALS__.invoke('rpc', { name: 'sync.now', body: '{}' }).then(arguments[0])", vec![]).await?;
    let spans = while_pulling(&window, &codes).await?;
    close(window).await;
    drop(screen);
    server.silence().await;
    std::fs::remove_dir_all(folder)?;
    if spans.len() < SCANS_LEAST {
        return Err(BenchError::setup(format!("only {} scans while pulling", spans.len())));
    }
    Ok(Row { name: "scan-to-line", spans, beside: None, reach: Reach::P95(P95_MOST) })
}

/// A server that holds 30 days of news for the till in `folder`, and is silent for now.
async fn serve(folder: &Path) -> Done<Server> {
    let demo = Demo::new(HISTORY, SEED);
    let (cursor, rules) = {
        let replica = book::open(folder)?;
        (replica.cursor()?.after, replica.read(|book| book.rules_at(TODAY_MS))?)
    };
    let server = Server::start(folder, chain_id(&demo), cursor)?;
    let joined = server.admit(&SigningKey::from_bytes(&book::KEY), Some(store_id(&demo, 0))).await?;
    book::join(folder, joined.device, &server.address(), &server.pin)?;
    let seller = server.node(folder.join("seller"), 9, Some(store_id(&demo, 1))).await?;
    server.silence().await;
    ring_up(&seller.replica, &demo, &rules, 0..SALES, TODAY_MS)?;
    println!("  {SALES} sales made");
    book::begin_after(&folder.join("seller"), cursor)?;
    let engine = seller.sync(server.within());
    level(&seller.replica, cursor + SALES as u64).await?;
    engine.stop().await?;
    Ok(server)
}

fn codes() -> Vec<String> {
    let (demo, mut dice) = (book::demo(), Dice::new(31));
    let mut codes = std::collections::BTreeSet::new();
    while codes.len() < LINES {
        codes.insert(demo.product(dice.below(demo.scale().products)).barcode);
    }
    codes.into_iter().collect()
}

/// As a person types: four digits and Enter in one burst would be a scanned code, and no PIN.
async fn sign_in(window: &Client) -> Done {
    let script = "const [pin, done] = arguments;
        const rest = (ms) => new Promise((after) => setTimeout(after, ms));
        const press = (code) => document.body.dispatchEvent(new KeyboardEvent('keydown', { code, bubbles: true, cancelable: true }));
        (async () => {
            for (const code of [...[...pin].map((digit) => 'Digit' + digit), 'Enter']) await rest(150).then(() => press(code));
            for (let looks = 0; looks < 200; looks += 1) {
                if (document.querySelector(\"[data-testid='cart']\") !== null) return null;
                await rest(50);
            }
            return document.body.innerText.slice(0, 600);
        })().then(done, (error) => done(String(error)));";
    match in_page(window, script, vec![json!(PIN)]).await? {
        Value::Null => Ok(()),
        shown => Err(BenchError::setup(format!("nobody was signed in: {shown}"))),
    }
}

async fn scan(window: &Client, codes: &[String]) -> Done<Value> {
    let said = in_page(window, include_str!("scan.js"), vec![json!(codes), json!(30)]).await?;
    match &said["error"] {
        Value::Null => Ok(said),
        error => Err(BenchError::setup(format!("scanning: {error}"))),
    }
}

async fn while_pulling(window: &Client, codes: &[String]) -> Done<Spans> {
    let mut spans = Spans::default();
    let mut begun = false;
    for batch in codes.chunks(AT_ONCE).cycle().take(200) {
        let said = scan(window, batch).await?;
        let mut left = 0;
        for pair in said["spans"].as_array().map(Vec::as_slice).unwrap_or_default() {
            left = pair[1].as_u64().unwrap_or(0);
            if left > 0 {
                begun = true;
                spans.add(Duration::from_micros(pair[0].as_u64().unwrap_or(u64::MAX)));
            }
        }
        println!("  {} scans, {left} operations still to come", spans.len());
        if begun && left == 0 {
            break;
        }
    }
    Ok(spans)
}
