//! Joining by a code, and every way in which that fails.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use hefu_core::{
    error::Code,
    ids::ChainId,
    wire::{EnrolRequest, Enrolment, PROTOCOL, Refused},
};
use hefu_server::{Beginning, ServeOptions, start};
use hefu_sync::{enrol, system_clock};
use serde_json::json;

use crate::{
    browser::client,
    process::Server,
    till::{Till, eventually, key},
};

async fn refusal(code: &Enrolment) -> Code {
    enrol(code, &key()).await.unwrap_err().code()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tills_join_and_see_each_others_members() {
    let server = Server::start();
    let admin = server.administrator().await;
    let mut a = Till::join(server.enrolment(&admin, "HB").await).await.unwrap();
    let mut b = Till::join(server.enrolment(&admin, "QN").await).await.unwrap();
    assert_eq!((a.replica.identity().till_no, b.replica.identity().till_no), (1, 1));
    a.connect();
    b.connect();
    a.register("王小明", "13800138000");
    b.register("李梅", "13900139000");
    eventually("both members at both tills", || a.members() == 2 && b.members() == 2).await;
    eventually("nothing unsent", || a.replica.unsent().unwrap() == 0 && b.replica.unsent().unwrap() == 0).await;
    let found = admin.ok("member.search", json!({ "text": "13800138000" })).await;
    assert_eq!(found["hits"][0]["member"]["name"].as_str().or(found["hits"][0]["name"].as_str()), Some("王小明"), "{found}");

    let devices = admin.ok("hq.devices", json!({})).await["devices"].as_array().unwrap().clone();
    assert_eq!(devices.len(), 2);
    for device in devices {
        assert_eq!((&device["online"], &device["unsent"], &device["revoked"]), (&json!(true), &json!(0), &json!(false)), "{device}");
    }
    // The book names both tills, as the log does, before a till hears that it has joined.
    for till in [&a, &b] {
        let row = till.replica.read(|book| book.device(till.replica.device())).unwrap().unwrap();
        assert_eq!((row.store, row.till_no), (till.replica.identity().store, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_are_compared_at_one_sequence() {
    use hefu_core::wire::DigestRequest;
    use hefu_sync::{HttpTransport, Transport, Who};
    let server = Server::start();
    let admin = server.administrator().await;
    let code = server.enrolment(&admin, "HB").await;
    let mut till = Till::join(code.clone()).await.unwrap();
    till.connect();
    till.register("王小明", "13800138000");
    let transport = HttpTransport::new(&code.address, &code.fingerprint).unwrap();
    let who = Who { chain: code.chain, device: till.replica.device(), key: till.key.clone() };
    transport.hello(&who).await.unwrap();
    let mut digest = till.replica.digest().unwrap();
    eventually("nothing unsent and HQ's word for it", || {
        digest = till.replica.digest().unwrap();
        digest.unsent == 0 && digest.at_seq > 0 && till.members() == 1
    })
    .await;
    let reply = transport.digest(&DigestRequest { at_seq: digest.at_seq }).await.unwrap();
    assert_eq!(reply.digest, Some(digest.whole().hex()));
    assert_eq!(transport.digest(&DigestRequest { at_seq: digest.at_seq }).await.unwrap(), reply, "asked twice");
    assert_eq!(transport.digest(&DigestRequest { at_seq: 1 }).await.unwrap().digest, None, "HQ is past it");
    assert_eq!(transport.digest(&DigestRequest { at_seq: digest.at_seq + 9 }).await.unwrap().digest, None, "HQ never gets there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once_for_one_key() {
    let server = Server::start();
    let admin = server.administrator().await;
    let code = server.enrolment(&admin, "HB").await;
    let key = key();
    let first = enrol(&code, &key).await.unwrap();
    assert_eq!(enrol(&code, &key).await.unwrap(), first, "the answer got lost and was asked for again");
    assert_eq!(refusal(&code).await, Code::EnrolCodeUsed);
    let text = code.write().unwrap();
    for spoilt in [&text[..text.len() - 3], &text.replacen('A', "B", 1), "", "HEFU-", "1234"] {
        assert!(spoilt == text || Enrolment::read(spoilt).err() == Some(Code::EnrolCodeMalformed), "{spoilt}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let server = Server::start();
    let admin = server.administrator().await;
    let good = server.enrolment(&admin, "HB").await;
    let with = |change: &dyn Fn(&mut Enrolment)| {
        let mut code = good.clone();
        change(&mut code);
        code
    };
    assert_eq!(refusal(&with(&|code| code.secret = "never issued".into())).await, Code::EnrolCodeWrong);
    assert_eq!(refusal(&with(&|code| code.fingerprint = "ab".repeat(32))).await, Code::ServerCertificate);
    assert_eq!(refusal(&with(&|code| code.chain = ChainId::from_bytes([9; 16]))).await, Code::ServerOtherChain);
    assert_eq!(refusal(&with(&|code| code.address = "https://127.0.0.1:1".into())).await, Code::ServerUnreachable);
    assert_eq!(refusal(&with(&|code| code.address = server.ready.console.clone().unwrap())).await, Code::EnrolCodeMalformed);
    let plain = server.ready.console.clone().unwrap().replace("http://", "https://");
    let refused = refusal(&with(&|code| code.address = plain.clone())).await;
    assert!(matches!(refused, Code::ServerRubbish | Code::ServerUnreachable), "{refused}");
    enrol(&good, &key()).await.unwrap();

    let request = EnrolRequest { protocol: PROTOCOL + 1, chain: good.chain, secret: good.secret.clone(), key: "00".repeat(32) };
    let client = client(Some(&server.data().join("tls/authority.pem")));
    let reply = client.post(format!("{}/sync/enrol", server.ready.sync)).json(&request).send().await.unwrap();
    assert_eq!(reply.status(), 426);
    assert_eq!(reply.json::<Refused>().await.unwrap().code, Code::ServerNewer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_grows_old() {
    let folder = tempfile::tempdir().unwrap();
    let ahead = Arc::new(AtomicI64::new(0));
    let (real, shifted) = (system_clock(), ahead.clone());
    let running = start(ServeOptions {
        data: folder.path().join("data"),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        address: None,
        certificate: None,
        console: None,
        screens: None,
        begin: Beginning { chain_name: None, demo: true },
        file_keys: true,
        print_enrol: vec!["hb".into()],
        metrics_token: None,
        clock: Arc::new(move || real() + shifted.load(Ordering::Relaxed)),
    })
    .await
    .unwrap();
    let code = Enrolment::read(&running.ready.enrol["HB"]).unwrap();
    assert_eq!(code.address, format!("https://{}", running.address()));
    ahead.store(24 * 3600 * 1000 + 1000, Ordering::Relaxed);
    assert_eq!(refusal(&code).await, Code::EnrolCodeOld);
    ahead.store(24 * 3600 * 1000 - 60_000, Ordering::Relaxed);
    // The demo chain arrives whole.
    let mut till = Till::join(code).await.unwrap();
    till.connect();
    eventually("five thousand members", || till.members() == 5_000).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_till_is_told_and_its_work_is_kept() {
    let server = Server::start();
    let admin = server.administrator().await;
    let mut till = Till::join(server.enrolment(&admin, "HB").await).await.unwrap();
    till.connect();
    till.register("王小明", "13800138000");
    eventually("the first is sent", || till.replica.unsent().unwrap() == 0).await;
    let revoke = json!({ "device_id": till.replica.device(), "reason": "丢失" });
    let devices = admin.ok("hq.revoke", revoke).await;
    assert_eq!(devices["devices"][0]["revoked"], true);
    till.register("李梅", "13900139000");
    assert_eq!(till.stopped().await, Code::DeviceRevoked);
    assert_eq!(till.members(), 2, "nothing is lost at the till");
    let found = admin.ok("member.search", json!({ "text": "13900139000" })).await;
    assert_eq!(found["hits"].as_array().unwrap().len(), 0, "and nothing of it is in the book");
    let unknown = json!({ "device_id": "00000000-0000-0000-0000-000000000001", "reason": "" });
    assert_eq!(admin.refused("hq.revoke", unknown).await, (404, "device.unknown".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_body_of_a_stranger_is_not_read() {
    let server = Server::start();
    let client = client(Some(&server.data().join("tls/authority.pem")));
    let push = client.post(format!("{}/sync/push", server.ready.sync));
    let reply = push.try_clone().unwrap().bearer_auth("nobody").body(vec![0; 1024]).send().await.unwrap();
    assert_eq!(reply.status(), 401);
    assert_eq!(reply.json::<Refused>().await.unwrap().code, Code::SignInNeeded);
    let hello = client.post(format!("{}/sync/hello", server.ready.sync)).body(vec![b' '; 40_000]).send().await.unwrap();
    assert_eq!(hello.status(), 413);
    let heads = client.get(format!("{}/health", server.ready.sync)).header("x-long", "a".repeat(60_000)).send().await.unwrap();
    assert_eq!(heads.status(), 431);
}
