/// A canned node for looking at screens before there is a real one: it answers /rpc with made-up data and serves the
/// built bundle. It knows no rules of the shop; nothing in the product imports it.
///
///   node tests/fake/node.mjs [till|unset|revoked|hq|hq_unset] [port]

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { counterCommands } from "./counter.mjs";
import * as money from "./money.mjs";
import { PERMISSIONS, goods, makeMembers, staff, stores, timelineOf } from "./canned.mjs";
import { consoleOf } from "./console.mjs";
import { rulesOf } from "./rules.mjs";

const DIST = process.env.DIST ?? join(import.meta.dirname, "../../dist");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

class Refused extends Error {
    constructor(code, args = {}) {
        super(code);
        this.body = { code, args };
    }
}

export function fakeNode(kind = "till") {
    const atHq = kind.startsWith("hq");
    const members = makeMembers();
    const waiting = new Set();
    let version = 1;
    let cart;
    let serial = 42;
    let wrongPins = 0;
    let setup = { stage: { stage: "fresh" }, keys: "file", error: null, may_start_over: false };
    const sales = [];
    const state = {
        node: kind,
        session: { staff: null, permissions: [] },
        link: { state: "online" },
        unsent: 0,
        demo: !atHq,
        slowMs: 0,
        exchange: null,
    };
    cart = newCart();

    function newCart() {
        return { id: `sale-${Math.random()}`, revision: 0, lines: [], member: null, nextNo: 1, coupons: [], exchange: state?.exchange ?? null, discount: 0 };
    }

    function changed() {
        version++;
        for (const wake of waiting) wake();
        waiting.clear();
    }

    const status = () => ({
        version,
        node: state.node,
        chain_name: state.node === "unset" ? null : "邻里生活",
        store: atHq || state.node === "unset" ? null : stores[0],
        till_no: atHq || state.node === "unset" ? null : 2,
        session: state.session,
        sync: {
            link: state.link,
            ...{ unsent: state.unsent, unkept: state.unsent, set_aside: [] },
            last_met_at: state.link.state === "no_server" ? null : Date.now() - 65_000,
            server: state.link.state === "no_server" ? null : "https://hefu.example:7443",
            behind: null,
            clock_ahead_ms: state.clockAheadMs ?? 200,
        },
        now: Date.now(),
        demo: state.demo,
    });

    function view() {
        const lines = cart.lines.map((line) => {
            const whole = (line.list_price_fen * line.quantity_milli) / 1000;
            const off = cart.member !== null && line.category === "清洁" ? Math.floor(whole * 0.05) : 0;
            const reasons = off > 0 ? [{ label: "金卡会员价 9.5 折", off_fen: off }] : [];
            if (line.hand == null) return { ...line, by_hand: false, off_fen: off, amount_fen: whole - off, reasons };
            const byHand = whole - (line.hand.price_fen * line.quantity_milli) / 1000;
            return { ...line, by_hand: true, off_fen: byHand, amount_fen: whole - byHand, reasons: [{ label: `改价 · ${line.hand.reason}`, off_fen: byHand }] };
        });
        const sum = (pick) => lines.reduce((total, line) => total + pick(line), 0);
        const goodsFen = sum((line) => line.amount_fen + line.off_fen);
        const coupons = money.withCoupons(sum((line) => line.amount_fen), cart.coupons);
        const whole = coupons.reduce((total, each) => total + each.off_fen, 0) + cart.discount;
        const due = Math.max(0, sum((line) => line.amount_fen) - whole);
        const totals = {
            quantity_milli: sum((line) => line.quantity_milli),
            goods_fen: goodsFen,
            off_fen: sum((line) => line.off_fen) + whole,
            added_tax_fen: 0,
            due_fen: due,
            points_earned: cart.member === null ? 0 : Math.floor(due / 100),
        };
        const taxes = due === 0 ? [] : [{ rate_bp: 1300, net_fen: Math.round(due / 1.13), tax_fen: due - Math.round(due / 1.13) }];
        const wallet = cart.member === null ? null : { cards_fen: 8000, coupon_count: 3, points_fen: 1200 };
        return {
            id: cart.id, revision: cart.revision, lines, member: cart.member, wallet, coupons, exchange: cart.exchange, totals, taxes,
            unproved: state.unproved ?? false,
        };
    }

    function addLine(product, milli) {
        let line = cart.lines.find((each) => each.product_id === product.id);
        if (line === undefined) {
            const { id, name, barcode, unit, price_fen, category } = product;
            line = { no: cart.nextNo++, product_id: id, name, barcode, unit, list_price_fen: price_fen, quantity_milli: 0, category };
            cart.lines.push(line);
        }
        line.quantity_milli += milli;
        cart.revision++;
        return line.no;
    }

    function enter({ text }) {
        const [, count, words] = /^(?:(\d+(?:\.\d+)?)\*)?(.*)$/.exec(text);
        const milli = count === undefined ? 1000 : Number(count) * 1000;
        const exact = goods.find((each) => each.barcode === words);
        if (exact !== undefined) return { outcome: "added", line_no: addLine(exact, milli), cart: view() };
        if (/^\d{13}$/.test(words)) throw new Refused(words.endsWith("9") ? "barcode.damaged" : "barcode.unknown");
        const products = find(words);
        if (products.length === 0) throw new Refused("product.nothing_found");
        if (products.length === 1) return { outcome: "added", line_no: addLine(products[0], milli), cart: view() };
        return { outcome: "choose", quantity_milli: milli, products };
    }

    function allowed(reason, approval) {
        if (reason === "") throw new Refused("reason.needed");
        if (state.session.staff.role === "manager") return;
        if (approval === null) throw new Refused("approval.needed");
        if (staff.find((each) => each.id === approval.staff_id).role !== "manager") throw new Refused("approval.refused");
        if (approval.pin !== "1001") throw new Refused("pin.wrong");
    }

    const find = (words) => goods.filter((each) => each.name.includes(words) || each.initials.startsWith(words.toLowerCase()));

    function mustLine(no) {
        const line = cart.lines.find((each) => each.no === no);
        if (line === undefined) throw new Refused("line.unknown");
        return line;
    }

    const row = (sale) => ({
        id: sale.id, receipt_no: sale.receipt_no, at: sale.at, total_fen: sale.totals.due_fen,
        member_name: sale.member?.name ?? null, cashier_name: sale.cashier.name, sent: sale.sent,
    });

    function pay({ cart_id, revision, tenders }) {
        const again = sales.find((sale) => sale.id === cart_id);
        if (again !== undefined) return again;
        const open = view();
        if (revision !== open.revision) throw new Refused("cart.changed");
        const settled = money.settle(open.totals.due_fen, tenders, Refused, open.exchange?.credit_fen);
        if (!settled.enough) throw new Refused("tender.short");
        const member = members.find((each) => each.card.id === open.member?.id)?.card;
        if (member !== undefined) member.points += open.totals.points_earned;
        const sent = state.link.state === "online";
        const sale = {
            id: open.id,
            receipt_no: `NJX-2-${String(++serial).padStart(6, "0")}`,
            at: Date.now(), day: new Date().toISOString().slice(0, 10), store: stores[0],
            cashier: state.session.staff, lines: open.lines, totals: open.totals,
            tenders: settled.paid, change_fen: settled.change_fen, rounding_fen: settled.rounding_fen, taxes: open.taxes,
            refunds: state.refunds ?? [],
            exchanged: open.exchange === null ? null : { id: "r1", receipt_no: "NJX-2-R00017", at: Date.now(), total_fen: open.exchange.total_fen },
            member: member === undefined ? null : { id: member.id, name: member.name, phone: member.phone, points: member.points },
            gifts: [], sent,
        };
        sales.unshift(sale);
        if (!sent) state.unsent++;
        cart = newCart();
        changed();
        return sale;
    }

    const masked = (card) => (state.session.staff?.role === "cashier"
        ? { ...card, full: false, name: card.name === "" ? "" : `${card.name[0]}**`, phone: `${card.phone.slice(0, 3)}****${card.phone.slice(7)}` }
        : card);

    function search({ text }) {
        const by = (card, pinyin) => (card.phone === text ? "phone"
            : card.card_no === text ? "card"
            : /^\d{4}$/.test(text) && card.phone.endsWith(text) ? "last_four"
            : /^\d+$/.test(text) && card.phone.startsWith(text) ? "phone_prefix"
            : card.name.startsWith(text) ? "name"
            : pinyin.startsWith(text.toLowerCase()) ? "initials" : null);
        const hits = members.flatMap(({ card, pinyin }) => {
            const found = by(card, pinyin);
            return found === null ? [] : [{ member: masked(card), found_by: found }];
        });
        return { hits: hits.slice(0, 20), more: hits.length > 20 };
    }

    function memberPage(id) {
        const member = members.find((each) => each.card.id === id);
        if (member === undefined) throw new Refused("member.unknown");
        return {
            card: masked(member.card), sex: member.sex, birthday: member.birthday, joined_at: Date.now() - 4e10, joined_store: stores[1],
            visits: 14, spend_fen: 382_640, last_visit_at: Date.now() - 3e8, next_tier: { name: "金卡", missing_fen: 117_360 }, also: [],
            timeline: [...sales.filter((sale) => sale.member?.id === id).map(fromSale), ...timelineOf()], next: null,
        };
    }

    const fromSale = (sale) => ({
        sale_id: sale.id, receipt_no: sale.receipt_no, at: sale.at, store: sale.store, amount_fen: sale.totals.due_fen,
        points: sale.totals.points_earned, goods: sale.lines.slice(0, 3).map((line) => line.name), line_count: sale.lines.length,
    });

    const commands = {
        ...consoleOf(sales, row, (code) => new Refused(code)),
        ...rulesOf((code) => new Refused(code), (ms) => new Promise((done) => setTimeout(done, ms))),
        "status.get": () => status(),
        "status.watch": ({ seen }) => (seen < version ? status() : new Promise((done) => {
            const timer = setTimeout(() => done(status()), 25_000).unref();
            waiting.add(() => (clearTimeout(timer), done(status())));
        })),
        "status.verify": () => ({ ok: true, operations: 48_213, digest: "9f2c".repeat(16), at_seq: 48_213, agrees_with_server: true, differing: [] }),
        "sync.now": () => {
            if (state.link.state === "offline") throw new Refused("server.unreachable");
            return status();
        },
        "session.staff": () => ({ store: stores[0], staff }),
        "session.sign_in": ({ staff_id, pin }) => {
            if (wrongPins >= 3) throw new Refused("sign_in.locked", { seconds: 30 });
            const person = staff.find((each) => each.id === staff_id);
            if (pin !== (person.role === "manager" ? "1001" : "2001")) {
                wrongPins++;
                throw new Refused("pin.wrong");
            }
            wrongPins = 0;
            state.session = { staff: person, permissions: PERMISSIONS[person.role === "manager" ? "manager" : "cashier"] };
            changed();
            return state.session;
        },
        "session.password": ({ password }) => {
            if (password === "wrong") throw new Refused("password.wrong");
            state.session = { staff: { id: "a", name: "陈总", role: "admin" }, permissions: PERMISSIONS.admin };
            changed();
            return state.session;
        },
        "session.first_admin": ({ code, name }) => {
            if (code !== "ABCD-1234") throw new Refused("first_admin.code_wrong");
            state.node = "hq";
            state.session = { staff: { id: "a", name, role: "admin" }, permissions: PERMISSIONS.admin };
            changed();
            return state.session;
        },
        "session.sign_out": () => {
            end("signed_out");
            return state.session;
        },
        "product.search": ({ text }) => ({ products: find(text) }),
        "product.add": (added) => {
            const product = { ...added, barcodes: [added.barcode], id: `g${goods.length}`, initials: "" };
            goods.push(product);
            return product;
        },
        "cart.get": () => view(),
        "cart.enter": enter,
        "cart.add": ({ product_id, quantity_milli }) => (addLine(goods.find((each) => each.id === product_id), quantity_milli), view()),
        "cart.set_quantity": ({ line_no, quantity_milli }) => {
            if (quantity_milli <= 0) throw new Refused("quantity.invalid");
            mustLine(line_no).quantity_milli = quantity_milli;
            cart.revision++;
            return view();
        },
        "cart.remove": ({ line_no }) => {
            cart.lines.splice(cart.lines.indexOf(mustLine(line_no)), 1);
            cart.revision++;
            return view();
        },
        "cart.member": ({ member_id }) => {
            cart.member = member_id === null ? null : masked(members.find((each) => each.card.id === member_id).card);
            cart.revision++;
            return view();
        },
        "cart.clear": () => ((cart = newCart()), view()),
        "cart.coupon": ({ code, coupon_id }) => {
            const coupon = money.coupons.find((each) => each.code === code || each.coupon_id === coupon_id);
            if (coupon === undefined) throw new Refused("coupon.unknown");
            if (coupon.why_not !== null) throw new Refused(coupon.why_not);
            if (cart.coupons.includes(coupon.coupon_id)) throw new Refused("coupon.twice");
            cart.coupons.push(coupon.coupon_id);
            cart.revision++;
            return view();
        },
        "cart.coupon_remove": ({ coupon_id }) => {
            cart.coupons = cart.coupons.filter((id) => id !== coupon_id);
            cart.revision++;
            return view();
        },
        "cart.price": ({ line_no, price_fen, reason, approval }) => {
            if (price_fen !== null) allowed(reason, approval);
            mustLine(line_no).hand = price_fen === null ? null : { price_fen, reason };
            cart.revision++;
            return view();
        },
        "cart.discount": ({ off_fen, reason, approval }) => {
            if (off_fen !== 0) allowed(reason, approval);
            cart.discount = off_fen;
            cart.revision++;
            return view();
        },
        "cart.exchange": () => ((cart.exchange = null), cart.revision++, view()),
        "coupon.of_member": () => ({ coupons: money.coupons.map(money.couponView) }),
        "card.find": ({ card_no }) => money.shown({ by: "number", card_no }, Refused),
        "pay.card": ({ shown }) => money.shown(shown, Refused),
        "pay.suggest": () => money.suggest(view().totals.due_fen, cart.member, cart.coupons),
        "pay.preview": ({ cart_id, revision, tenders }) => {
            if (cart_id !== cart.id || revision !== cart.revision) throw new Refused("cart.changed");
            return money.settle(view().totals.due_fen, tenders, Refused, cart.exchange?.credit_fen);
        },
        "sale.pay": pay,
        "sale.get": ({ id }) => {
            const sale = sales.find((each) => each.id === id);
            if (sale !== undefined) return sale;
            const far = timelineOf().find((each) => each.sale_id === id);
            if (far === undefined) throw new Refused("sale.unknown");
            return {
                id, receipt_no: far.receipt_no, at: far.at, day: "2026-11-02", store: far.store, cashier: staff[1], lines: null,
                totals: { quantity_milli: 3000, goods_fen: far.amount_fen, off_fen: 0, due_fen: far.amount_fen, points_earned: far.points },
                tenders: [{ kind: "cash", given_fen: far.amount_fen, change_fen: 0 }], change_fen: 0, rounding_fen: 0, taxes: [], refunds: [], exchanged: null,
                member: null, gifts: [], sent: true,
            };
        },
        "sale.today": () => ({
            day: new Date().toISOString().slice(0, 10), count: sales.length, total_fen: sales.reduce((sum, sale) => sum + sale.totals.due_fen, 0),
            member_count: sales.filter((sale) => sale.member !== null).length, refunds: { count: 0, amount_fen: 0 }, sales: sales.slice(0, 50).map(row), next: null,
        }),
        "member.search": search,
        "member.get": ({ id }) => memberPage(id),
        "member.register": ({ phone, name }) => {
            if (!/^1[3-9]\d{9}$/.test(phone)) throw new Refused("phone.invalid");
            const card = { id: `m-${phone}`, name: name ?? "", phone, card_no: null, tier: "普通", points: 0, full: true };
            members.push({ card, pinyin: "", sex: null, birthday: null });
            return { member: card, created: true };
        },
        "member.change": ({ id, name, birthday }) => {
            if (birthday === "bad") throw new Refused("birthday.invalid");
            const member = members.find((each) => each.card.id === id);
            if (name !== null) member.card.name = name;
            if (birthday !== null) member.birthday = birthday;
            return memberPage(id);
        },
        "setup.status": () => setup,
        "setup.start": () => {
            state.node = "till";
            changed();
            return { ...setup, stage: { stage: "ready" } };
        },
        "setup.join": ({ code }) => {
            if (code === "bad") throw new Refused("enrol.malformed");
            setup = { ...setup, stage: { stage: "fetching", done: 412_000, total: 1_048_576 } };
            changed();
            return setup;
        },
    };

    Object.assign(commands, counterCommands({ Refused, state, members, sales, memberPage, goods }));

    async function rpc(name, body) {
        if (state.slowMs > 0) await new Promise((done) => setTimeout(done, state.slowMs));
        const command = commands[name];
        if (command === undefined) throw new Refused("command.unknown");
        return command(body);
    }

    const server = createServer(async (request, response) => {
        const path = new URL(request.url, "http://x").pathname;
        if (!path.startsWith("/rpc/")) {
            const file = extname(path) === "" ? "index.html" : path.slice(1);
            const bytes = await readFile(join(DIST, file)).catch(() => null);
            response.writeHead(bytes === null ? 404 : 200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
            return response.end(bytes ?? "");
        }
        let text = "";
        for await (const chunk of request) text += chunk;
        try {
            const reply = await rpc(path.slice(5), JSON.parse(text));
            response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
        } catch (thrown) {
            const body = thrown instanceof Refused ? thrown.body : { code: "internal", args: {} };
            if (!(thrown instanceof Refused)) console.error(thrown);
            response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(body));
        }
    });
    /** Whoever is in is in no more, and why: `null` from a node that was started anew. */
    const end = (ended) => ((state.session = { staff: null, permissions: [], ended }), changed());
    const setSetup = (view) => (setup = view);
    return { server, state, changed, goods, members, sales, setSetup, end };
}

if (process.argv[1] === import.meta.filename) {
    const port = Number(process.argv[3] ?? 4180);
    fakeNode(process.argv[2] ?? "till").server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}`));
}
