/// A demo chain of real processes: `hefu-server`, and tills whose lines to it can be cut or lead elsewhere. Each test file
/// has one of its own, in a folder that is gone afterwards.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = join(import.meta.dirname, "../../..");
const PROGRAMS = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug");
const SCREENS = process.env.HEFU_SCREENS ?? join(ROOT, "ui/dist");
const READY_MS = 120_000;

export class Chain {
    #children = [];
    /** What listens in this process: lines, and whoever else answers at a server's address. */
    #listeners = [];

    static async start({ enrol = ["HB", "QN"] } = {}) {
        const chain = new Chain();
        chain.folder = mkdtempSync(join(tmpdir(), "hefu-e2e-"));
        mkdirSync(join(chain.folder, "logs"));
        chain.port = await freePort();
        await chain.#begin();
        await chain.serve(enrol);
        return chain;
    }

    /** The demo chain is loaded once for all files, by this day's first one; each works on a copy of it. */
    async #begin() {
        const made = join(PROGRAMS, "../tmp");
        const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
        const name = `demo-chain-${statSync(join(PROGRAMS, "hefu-server")).mtimeMs}-${day}`;
        if (!existsSync(join(made, name))) {
            mkdirSync(made, { recursive: true });
            for (const old of readdirSync(made).filter((each) => each.startsWith("demo-chain-"))) rmSync(join(made, old), { recursive: true });
            const first = await this.#serving("server", this.port, ["--demo"]);
            await first.end();
            cpSync(first.folder, join(made, `${name}-half`), { recursive: true });
            renameSync(join(made, `${name}-half`), join(made, name));
            rmSync(first.folder, { recursive: true });
        }
        cpSync(join(made, name), join(this.folder, "server"), { recursive: true });
    }

    /** Starts the server, or starts it again on what lies in its folder now, at the same port. */
    async serve(enrol = []) {
        this.server = await this.#serving("server", this.port, ["--demo", ...(enrol.length > 0 ? ["--print-enrol", enrol.join(",")] : [])]);
        this.console = this.server.console;
    }

    /** The server of somebody else, with a certificate and a chain of its own. */
    async stranger() {
        const port = await freePort();
        await this.#serving("stranger", port, ["--chain-name", "别家"]);
        return port;
    }

    /** A server of this chain that speaks the protocol of a later year only. */
    newer() {
        return this.answering(426, '{"code":"server.newer"}');
    }

    /** Somebody with this chain's certificate who answers everything alike. */
    async answering(status, body) {
        const paper = (name) => readFileSync(join(this.server.folder, "tls", name));
        const server = https.createServer({ key: paper("authority.key"), cert: paper("authority.pem") }, (request, response) => {
            response.writeHead(status, { "content-type": body.startsWith("{") ? "application/json" : "text/html" }).end(body);
        });
        await new Promise((done) => server.listen(0, "127.0.0.1", done));
        this.#listeners.push({ close: () => (server.close(), server.closeAllConnections()) });
        return server.address().port;
    }

    async #serving(name, port, more) {
        const folder = join(this.folder, name);
        const { told, end } = await this.#spawn("hefu-server", name, [
            "run", "--data", folder, "--file-keys", "--ui", SCREENS,
            "--listen", `127.0.0.1:${port}`, "--address", `https://127.0.0.1:${port}`, "--console", "127.0.0.1:0", ...more,
        ]);
        return { ...told, folder, end };
    }

    /** The code the server printed for a store, good once. */
    code(store) {
        return this.server.enrol[store];
    }

    /** A till on the folder of that name, new unless one has been there, and the line it has or will have to the server; at a port of
     * its own, or at the one where browsers have it open already. */
    async till(name, line, port = 0) {
        if (line === undefined) {
            line = await Line.lay(this.port);
            this.#listeners.push(line);
        }
        const folder = join(this.folder, name);
        const { told, end } = await this.#spawn("hefu-till", `till-${name}`, [
            "--headless", "--file-keys", "--serve", `127.0.0.1:${port}`, "--data", folder, "--ui", SCREENS,
        ]);
        return { name, line, folder, url: told.till, desk: new Desk(told.till), end };
    }

    /** A till that has joined with a code, through a line that can be cut. */
    async joined(name, code) {
        const till = await this.till(name);
        await till.desk.rpc("setup.join", { code: behind(code, till.line) });
        await until(`${name} has joined`, async () => {
            const setup = await till.desk.rpc("setup.status");
            if (setup.error !== null) throw new Error(`${name} could not join: ${JSON.stringify(setup.error)}`);
            return setup.stage.stage === "ready";
        }, 120_000);
        return till;
    }

    async stop() {
        for (const listener of this.#listeners) listener.close();
        await Promise.all(this.#children.toReversed().map(ended));
        rmSync(this.folder, { recursive: true, force: true });
    }

    async #spawn(program, name, args) {
        const child = spawn(join(PROGRAMS, program), args, { stdio: ["ignore", "pipe", "pipe"] });
        this.#children.push(child);
        const log = createWriteStream(join(this.folder, "logs", `${name}.log`), { flags: "a" });
        const last = [];
        child.stderr.pipe(log);
        createInterface({ input: child.stderr }).on("line", (line) => (last.push(line), last.splice(0, last.length - 8)));
        return await new Promise((ready, failed) => {
            const late = setTimeout(() => failed(new Error(`${name} did not get ready:\n${last.join("\n")}`)), READY_MS);
            child.on("error", failed);
            child.on("exit", (code) => failed(new Error(`${name} ended with ${code}:\n${last.join("\n")}`)));
            createInterface({ input: child.stdout }).on("line", (line) => {
                const told = line.startsWith("{") ? JSON.parse(line) : {};
                if (told.ready !== true) return;
                clearTimeout(late);
                ready({ told, end: () => ended(child) });
            });
        });
    }
}

/** The same code, for a till whose way to the server is this line. */
export function behind(code, line) {
    return execFileSync(join(PROGRAMS, "xtask"), ["readdress", code, line.address], { encoding: "utf8" }).trim();
}

/** A TCP line of our own: cut means that its sockets are closed and nobody answers any more. */
export class Line {
    #sockets = new Set();
    #cut = false;
    #port;

    static async lay(port) {
        const line = new Line();
        line.#port = port;
        line.listener = net.createServer((near) => line.#join(near));
        await new Promise((done) => line.listener.listen(0, "127.0.0.1", done));
        line.address = `https://127.0.0.1:${line.listener.address().port}`;
        return line;
    }

    #join(near) {
        if (this.#cut) return near.destroy();
        const far = net.connect(this.#port, "127.0.0.1");
        for (const [from, to] of [[near, far], [far, near]]) {
            this.#sockets.add(from);
            from.setNoDelay(true);
            from.pipe(to);
            from.on("error", () => to.destroy());
            from.on("close", () => (this.#sockets.delete(from), to.destroy()));
        }
    }

    cut() {
        this.#cut = true;
        for (const socket of this.#sockets) socket.destroy();
    }

    open() {
        this.#cut = false;
    }

    /** Leads to another port from now on; what was open is closed. */
    lead(port) {
        this.#port = port;
        this.cut();
        this.open();
    }

    close() {
        this.cut();
        this.listener.close();
    }
}

/** Commands sent without a browser, for what a test is not about. */
export class Desk {
    #cookie = "";

    constructor(url) {
        this.url = url;
    }

    async rpc(name, request = {}) {
        const response = await fetch(`${this.url}/rpc/${name}`, {
            method: "POST",
            headers: { "content-type": "application/json", "x-hefu": "1", ...(this.#cookie === "" ? {} : { cookie: this.#cookie }) },
            body: JSON.stringify(request),
        });
        for (const cookie of response.headers.getSetCookie()) this.#cookie = cookie.split(";")[0];
        const body = await response.json();
        if (!response.ok) throw Object.assign(new Error(`${name}: ${body.code}`), body);
        return body;
    }

    async signIn(role = "manager", pin = "1001") {
        const { staff } = await this.rpc("session.staff");
        const person = staff.find((each) => each.role === role);
        await this.rpc("session.sign_in", { staff_id: person.id, pin });
        return person;
    }

    /** Different goods found by words that a household shop has. */
    async goods(count = 5) {
        const found = [];
        for (const word of ["纸", "洗", "刷", "盆", "杯", "巾", "碗", "垫"].slice(0, count)) {
            const { products } = await this.rpc("product.search", { text: word });
            found.push(products.find((product) => !found.some((other) => other.id === product.id)));
        }
        return found;
    }

    /** What the till asks for these codes in a session of its own: what a cart comes to depends on the day, and is said before it is looked for. */
    async quote(codes, memberId) {
        for (const code of codes) await this.rpc("cart.enter", { text: code });
        const { totals } = await this.rpc("cart.member", { member_id: memberId });
        await this.rpc("cart.clear");
        return totals;
    }

    async link() {
        return (await this.rpc("status.get")).sync.link.state;
    }
}

/** Waits for what other processes do; there is no event of theirs to wait for here. */
export async function until(what, holds, within = 60_000) {
    const end = Date.now() + within;
    for (;;) {
        const held = await holds();
        if (held) return held;
        if (Date.now() > end) throw new Error(`waited ${within / 1000} s in vain: ${what}`);
        await new Promise((done) => setTimeout(done, 25));
    }
}

/** Both books are right, agree with the server's and with each other. */
export async function agree(...tills) {
    let reports = [];
    await until("the books agree", async () => {
        reports = await Promise.all(tills.map((till) => till.desk.rpc("status.verify")));
        return reports.every((report) => report.ok && report.agrees_with_server && report.digest === reports[0].digest);
    }).catch((error) => {
        throw new Error(`${error.message}\n${JSON.stringify(reports, null, 1)}`);
    });
    return reports[0];
}

async function freePort() {
    const listener = net.createServer();
    await new Promise((done) => listener.listen(0, "127.0.0.1", done));
    const { port } = listener.address();
    await new Promise((done) => listener.close(done));
    return port;
}

async function ended(child) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 12_000);
    await gone;
    clearTimeout(late);
}
