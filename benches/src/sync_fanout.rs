//! `sync-fanout`: 10,000 sales lie unsent on one till; HQ and four more tills wait for news. The clock runs from starting
//! the till's engine until all six books have read the whole sequence and nothing is unsent; then their digests are
//! compared, and must be equal.

use std::time::{Duration, Instant};

use hefu_core::{ids::LogId, wire::FRAME_BYTES_MOST};
use hefu_demo_book::{LoadPlan, chain_id, load, store_id};
use hefu_fixtures::{Demo, Scale};
use hefu_log::{Ask, Audience, ChainLog, Most};

use crate::{
    book::{self, SEED, TODAY_MS},
    chain::{Node, Running, Server, level},
    error::{BenchError, Done},
    figures::{Reach, Row, Spans, ms},
    floors::sync_fanout::{Floor, Op},
    rung::ring_up,
};

const SALES: usize = 10_000;
const ROUNDS: usize = 7;
const TILLS: u8 = 4;

/// The chain before the sales, and where they come from.
const SCALE: Scale = Scale { days: 0, ..Scale::demo() };
const HISTORY: Scale = Scale { days: 1_000, ..Scale::demo() };

pub fn run() -> Done<Row> {
    tokio::runtime::Runtime::new()?.block_on(rounds())
}

struct Chain {
    server: Server,
    seller: Node,
    others: Vec<Node>,
    /// The engines of the others.
    running: Vec<Running>,
}

async fn rounds() -> Done<Row> {
    let folder = book::fresh("sync-fanout")?;
    let chain = Chain::start(&folder).await?;
    let floors = (0..=TILLS).map(|n| Floor::make(book::connect(&folder.join(format!("floor-{n}.db")))?));
    let mut floors = floors.collect::<Done<Vec<_>>>()?;
    let history = Demo::new(HISTORY, SEED);
    let rules = chain.seller.replica.read(|book| book.rules_at(TODAY_MS))?;
    let (mut spans, mut beside) = (Spans::default(), Spans::default());
    for round in 0..ROUNDS {
        let before = chain.seller.replica.cursor()?.after;
        ring_up(&chain.seller.replica, &history, &rules, round * SALES..(round + 1) * SALES, TODAY_MS)?;
        let span = chain.fan_out(before + SALES as u64).await?;
        let frames = chain.frames(before).await?;
        let from = Instant::now();
        for floor in &mut floors {
            frames.iter().try_for_each(|frame| floor.fold(frame))?;
        }
        let floor_span = from.elapsed();
        println!("  {} frames: {} ms, floor {} ms", frames.len(), shown(span), shown(floor_span));
        spans.add(span);
        beside.add(floor_span);
    }
    for engine in chain.running {
        engine.stop().await?;
    }
    chain.server.silence().await;
    drop((chain.seller, chain.others, floors));
    std::fs::remove_dir_all(folder)?;
    Ok(Row { name: "sync-fanout", spans, beside: Some(beside), reach: Reach::RatioMilli(2000) })
}

fn shown(span: Duration) -> String {
    ms(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX))
}

impl Chain {
    async fn start(folder: &std::path::Path) -> Done<Self> {
        let demo = Demo::new(SCALE, SEED);
        let server = Server::start(folder, chain_id(&demo), 0)?;
        let seller = server.node(folder.join("seller"), 1, Some(store_id(&demo, 0))).await?;
        let phc = |pin: &str| pin.to_owned();
        let plan = LoadPlan { today_start_ms: TODAY_MS, seed: SEED, phc: &phc, progress: &mut |_, _| {} };
        let loaded = load(&seller.replica, &demo, plan)?.operations;
        let mut others = vec![server.node(folder.join("hq"), 2, None).await?];
        for n in 0..TILLS {
            others.push(server.node(folder.join(format!("till-{n}")), 3 + n, Some(store_id(&demo, 1 + usize::from(n % 2)))).await?);
        }
        let first = seller.sync(server.over_tls()?);
        let mut running = vec![others[0].sync(server.within())];
        for till in &others[1..] {
            running.push(till.sync(server.over_tls()?));
        }
        for node in others.iter().chain([&seller]) {
            level(&node.replica, loaded).await?;
        }
        first.stop().await?;
        Ok(Self { server, seller, others, running })
    }

    async fn fan_out(&self, upto: u64) -> Done<Duration> {
        let from = Instant::now();
        let engine = self.seller.sync(self.server.over_tls()?);
        for node in self.others.iter().chain([&self.seller]) {
            level(&node.replica, upto).await?;
        }
        let span = from.elapsed();
        engine.stop().await?;
        let seen = self.seller.replica.digest()?;
        for node in &self.others {
            let differing = node.replica.digest()?.differing(&seen);
            if !differing.is_empty() {
                return Err(BenchError::setup(format!("books differ in {}", differing.join(", "))));
            }
        }
        Ok(span)
    }

    /// What a replica that holds nothing of it would pull, as it is cut into frames.
    async fn frames(&self, mut after: u64) -> Done<Vec<Vec<Op>>> {
        let mut frames = Vec::new();
        loop {
            let own = LogId::from_bytes([0; 16]);
            let ask = Ask { after, beside_after: 0, own, audience: Audience::Hq, bytes_most: FRAME_BYTES_MOST, most: Most::default() };
            let ask = Ask { beside_after: self.server.log.tip().borrow().beside, ..ask };
            let frame = self.server.log.read(ask).await?;
            if frame.entries.is_empty() {
                return Ok(frames);
            }
            after = frame.upto;
            let op = |entry: hefu_core::wire::Entry| {
                let op = entry.op?;
                let (seq, gseq) = (entry.seq.cast_signed(), entry.gseq.cast_signed());
                Some(Op { seq, gseq, hash: entry.hash.0, detail: op.detail.bytes()?.to_vec(), head: op.head })
            };
            frames.push(frame.entries.into_iter().filter_map(op).collect());
        }
    }
}
