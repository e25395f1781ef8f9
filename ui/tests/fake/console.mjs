/// The canned node's head office: figures, stores, staff, devices.

import { goods, staff, stores } from "./canned.mjs";

const figures = (salesCount, amount_fen, member_sales, top_ups = 0) => ({ sales: salesCount, amount_fen, member_sales, top_ups, top_up_fen: top_ups * 30_000 });

export function consoleOf(sales, row, refuse) {
    const commands = {
        "hq.today": () => ({
            day: "2026-11-21", total: figures(431, 3_921_840, 288, 41), total_day_before: figures(402, 3_790_010, 251), total_refunds: { count: 6, amount_fen: 41_230 }, member_count: 5_012, members_joined_today: 17,
            stores: stores.map((store, at) => ({
                store, today: figures(180 - at * 40, 1_632_410 - at * 300_000, 120 - at * 31, 23 - at * 9), day_before: figures(at === 2 ? 0 : 150, at === 2 ? 0 : 1_500_000, 90), refunds: { count: 3 - at, amount_fen: 20_615 - at * 6_872 },
            })),
        }),
        "hq.sales": () => ({ day: "2026-11-21", count: sales.length, total_fen: 0, member_count: 0, refunds: { count: 0, amount_fen: 0 }, sales: sales.map(row), next: null }),
        "hq.stores": () => ({ stores }),
        "hq.store_add": ({ code, name }) => {
            if (stores.some((store) => store.code === code)) throw refuse("store_code.taken");
            const store = { id: `s-${code}`, code, name };
            stores.push(store);
            return store;
        },
        "hq.product_set": ({ product_id, ...set }) => {
            if (set.barcodes.includes("taken")) throw refuse("barcode.taken");
            const product = goods.find((each) => each.id === product_id) ?? { id: product_id, initials: "" };
            if (!goods.includes(product)) goods.push(product);
            return Object.assign(product, set, { barcode: set.barcodes[0] ?? "" });
        },
        "hq.staff": () => ({ staff: staff.map((person) => ({ ...person, store: stores[0], active: true })) }),
        "hq.staff_add": ({ name, role, pin }) => {
            if (pin === "1001") throw refuse("pin.taken");
            staff.push({ id: `st-${staff.length}`, name, role });
            return { id: "x" };
        },
        "hq.devices": () => ({
            devices: stores.flatMap((store, at) => [1, 2].map((till_no) => ({
                id: `d-${store.code}-${till_no}`, store, till_no, enrolled_at: Date.now() - 9e9, last_seen_at: at === 2 ? null : Date.now() - (till_no === 1 ? 4000 : 7e7),
                unsent: at === 2 ? null : till_no === 1 ? 0 : 12, online: till_no === 1 && at !== 2, revoked: at === 1 && till_no === 2, revocation: at === 1 && till_no === 2 ? { at: Date.now() - 5e8, by_name: "周敏", reason: "平板在仓库被盗，已报警" } : null, stopped: at === 0 && till_no === 2 ? "fork" : null,
            }))),
        }),
        "hq.enrol": () => ({ code: `HEFU1-${"K7QF3XJ9M2".repeat(18)}`, expires_at: Date.now() + 864e5 }),
        "hq.revoke": () => commands["hq.devices"](),
    };
    return commands;
}
