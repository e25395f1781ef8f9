/// Made-up goods, people and stores for the canned node.

export const stores = [
    { id: "s1", code: "NJX", name: "南京西路店" },
    { id: "s2", code: "XJH", name: "徐家汇店" },
    { id: "s3", code: "WJC", name: "五角场店" },
];

export const staff = [
    { id: "p1", name: "王敏", role: "manager" },
    { id: "p2", name: "李小红", role: "cashier" },
    { id: "p3", name: "赵磊", role: "cashier" },
    { id: "p4", name: "孙佳怡", role: "assistant" },
];

const NAMES = [
    ["纯棉毛巾 34×76 cm 米白", "纺织", "条", 1590, "cmmj"], ["竹浆抽纸 3 层 100 抽 × 24 包", "纸品", "提", 3990, "zjcz"],
    ["洗衣液 薰衣草 3 kg", "清洁", "瓶", 4290, "xyy"], ["洗洁精 柠檬 1.5 kg", "清洁", "瓶", 1680, "xjj"],
    ["不锈钢炒锅 32 cm 无涂层", "厨具", "口", 26900, "bxgcg"], ["保温杯 500 ml 316 内胆", "杯壶", "个", 8900, "bwb"],
    ["玻璃保鲜盒 三件套", "厨具", "套", 5990, "blbxh"], ["LED 灯泡 9 W 暖光", "电工", "只", 1290, "leddp"],
    ["五号碱性电池 8 粒装", "电工", "卡", 2190, "whjxdc"], ["垃圾袋 加厚 45×50 cm 5 卷", "清洁", "包", 1190, "ljd"],
    ["儿童牙刷 软毛 2 支装", "个护", "卡", 1990, "etys"], ["沐浴露 氨基酸 750 ml", "个护", "瓶", 3690, "myl"],
    ["毛绒拖鞋 女 38/39", "纺织", "双", 2990, "mrtx"], ["收纳箱 55 L 带轮", "收纳", "个", 6990, "snx"],
];

export const goods = NAMES.map(([name, category, unit, price_fen, initials], at) => ({
    id: `g${at}`, name, category, brand: "", tags: [], unit, price_fen, initials, barcode: `69012345${String(at).padStart(4, "0")}${at % 10}`,
    barcodes: [`69012345${String(at).padStart(4, "0")}${at % 10}`],
}));

const PEOPLE = [
    ["张晓雯", "zxw", "13800138000"], ["张伟", "zw", "13912345678"], ["欧阳靖宇", "oyjy", "18612340001"], ["周芳", "zf", "15021118000"],
    ["朱志强", "zzq", "13700000042"], ["", "", "13311112222"], ["张敏", "zm", "17712348000"],
];

export function makeMembers() {
    return PEOPLE.map(([name, pinyin, phone], at) => ({
        card: { id: `m${at}`, name, phone, card_no: at === 0 ? "88000001" : null, tier: at % 3 === 0 ? "金卡" : "普通", points: 128 + at * 977, full: true },
        pinyin, sex: at % 2 === 0 ? "female" : "male", birthday: at === 0 ? "1990-05-20" : null,
    }));
}

export function timelineOf() {
    return stores.concat(stores).concat(stores).map((store, at) => ({
        sale_id: `t${at}`, receipt_no: `${store.code}-1-00${1200 - at * 37}`, at: 1795000000000 - at * 6.3e8, store, amount_fen: 8_990 + at * 1_733,
        points: 89 + at * 17, goods: at === 1 ? null : [goods[at].name, goods[at + 1].name].slice(0, 1 + (at % 2)), line_count: at === 2 ? 6 : 1 + (at % 2),
    }));
}

/** Of the roles that sign in here. */
export const PERMISSIONS = {
    manager: ["sell", "see_sales", "find_members", "register_members", "change_members", "see_members_in_full", "manage_goods", "verify", "override_price", "refund", "refund_without_receipt", "serve_cards", "refund_cards", "issue_coupons", "rejoin_till"],
    cashier: ["sell", "see_sales", "find_members", "register_members", "refund", "serve_cards"],
    admin: ["see_sales", "find_members", "see_members_in_full", "verify", "see_chain", "manage_stores", "manage_staff", "manage_devices", "manage_rules", "manage_rewards", "issue_coupons", "manage_goods"],
};
