//! The table of who may send which command and where (F1, F6), and one request for each. Read by the tests of the desk and of a
//! till's node.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "tests use parts of it")]

use hefu_core::{access::Role, error::Code};
use hefu_desk::commands::COMMANDS;

/// States: U unset, T till, R revoked till, N HQ before its first administrator, H HQ. A dash: never. Whoever is not at home in a
/// state, such as an administrator at a till, is nobody there: their columns have the letters of their own place alone.
const WHO: &str = "
command                | nobody | cashier | assistant | manager | analyst | admin
status.watch           | UTRNH  | TR      | TR        | TR      | H       | H
setup.status           | UTRNH  | TR      | TR        | TR      | H       | H
setup.start            | U      | -       | -         | -       | -       | -
setup.join             | U      | -       | -         | -       | -       | -
setup.retry            | U      | -       | -         | -       | -       | -
setup.start_over       | U      | -       | -         | -       | -       | -
sync.rejoin            | -      | -       | -         | TR      | -       | -
sync.now               | TR     | TR      | TR        | TR      | -       | -
status.get             | UTRNH  | TR      | TR        | TR      | H       | H
status.verify          | -      | -       | -         | TR      | -       | H
session.staff          | TR     | TR      | TR        | TR      | -       | -
session.sign_in        | TR     | TR      | TR        | TR      | -       | -
session.password       | H      | -       | -         | -       | H       | H
session.first_admin    | N      | -       | -         | -       | -       | -
session.admin_code     | H      | -       | -         | -       | H       | H
session.change_secret  | -      | T       | T         | T       | H       | H
session.sign_out       | -      | TR      | TR        | TR      | H       | H
staff.add              | -      | -       | -         | T       | -       | -
staff.pin              | -      | -       | -         | T       | -       | -
product.search         | -      | TR      | TR        | TR      | H       | H
product.add            | -      | -       | -         | T       | -       | H
cart.get               | -      | T       | T         | T       | -       | -
cart.enter             | -      | T       | T         | T       | -       | -
cart.add               | -      | T       | T         | T       | -       | -
cart.set_quantity      | -      | T       | T         | T       | -       | -
cart.remove            | -      | T       | T         | T       | -       | -
cart.member            | -      | T       | T         | T       | -       | -
cart.clear             | -      | T       | T         | T       | -       | -
cart.coupon            | -      | T       | T         | T       | -       | -
cart.coupon_remove     | -      | T       | T         | T       | -       | -
cart.price             | -      | T       | T         | T       | -       | -
cart.discount          | -      | T       | T         | T       | -       | -
cart.exchange          | -      | T       | T         | T       | -       | -
pay.suggest            | -      | T       | T         | T       | -       | -
pay.card               | -      | T       | T         | T       | -       | -
pay.preview            | -      | T       | T         | T       | -       | -
sale.pay               | -      | T       | T         | T       | -       | -
sale.get               | -      | TR      | TR        | TR      | H       | H
sale.today             | -      | TR      | TR        | TR      | -       | -
refund.find            | -      | TR      | TR        | TR      | -       | -
refund.start           | -      | T       | T         | T       | -       | -
refund.quote           | -      | T       | T         | T       | -       | -
refund.pay             | -      | T       | T         | T       | -       | -
refund.without_receipt | -      | T       | T         | T       | -       | -
refund.get             | -      | TR      | TR        | TR      | H       | H
card.types             | -      | T       | T         | T       | -       | -
card.ids               | -      | T       | T         | T       | -       | -
card.find              | -      | TR      | TR        | TR      | -       | -
card.get               | -      | TR      | TR        | TR      | H       | H
card.of_member         | -      | TR      | TR        | TR      | H       | H
card.history           | -      | TR      | TR        | TR      | -       | -
card.receipt           | -      | TR      | TR        | TR      | -       | -
card.open              | -      | T       | T         | T       | -       | -
card.top_up_preview    | -      | T       | T         | T       | -       | -
card.top_up            | -      | T       | T         | T       | -       | -
card.change            | -      | T       | T         | T       | -       | -
card.reissue           | -      | T       | T         | T       | -       | -
card.refund_quote      | -      | T       | T         | T       | -       | -
card.refund            | -      | T       | T         | T       | -       | -
buyer.record           | -      | T       | T         | T       | -       | -
buyer.find             | -      | TR      | TR        | TR      | -       | -
buyer.get              | -      | -       | -         | TR      | -       | H
coupon.of_member       | -      | TR      | TR        | TR      | H       | H
coupon.find            | -      | TR      | TR        | TR      | -       | -
coupon.kinds           | -      | -       | -         | T       | -       | H
coupon.issue           | -      | -       | -         | T       | -       | H
statement.points       | -      | TR      | TR        | TR      | H       | H
statement.card         | -      | TR      | TR        | TR      | H       | H
statement.drawer       | -      | TR      | TR        | TR      | -       | -
statement.stock        | -      | TR      | TR        | TR      | H       | H
member.search          | -      | TR      | TR        | TR      | H       | H
member.by_phone        | -      | TR      | TR        | TR      | H       | H
member.get             | -      | TR      | TR        | TR      | H       | H
member.register        | -      | T       | T         | T       | -       | -
member.change          | -      | -       | T         | T       | -       | -
hq.today               | -      | -       | -         | -       | H       | H
hq.sales               | -      | -       | -         | -       | H       | H
hq.stores              | -      | -       | -         | -       | H       | H
hq.store_add           | -      | -       | -         | -       | -       | H
hq.store_set           | -      | -       | -         | -       | -       | H
hq.staff               | -      | -       | -         | -       | -       | H
hq.staff_add           | -      | -       | -         | -       | -       | H
hq.staff_set           | -      | -       | -         | -       | -       | H
hq.devices             | -      | -       | -         | -       | H       | H
hq.refused             | -      | -       | -         | -       | H       | H
hq.enrol               | -      | -       | -         | -       | -       | H
hq.product_set         | -      | -       | -         | -       | -       | H
hq.rules               | -      | -       | -         | -       | H       | H
hq.rule_preview        | -      | -       | -         | -       | -       | H
hq.rule_save           | -      | -       | -         | -       | -       | H
hq.coupon_batch        | -      | -       | -         | -       | -       | H
hq.coupon_batches      | -      | -       | -         | -       | H       | H
hq.coupon_batch_tell   | -      | -       | -         | -       | -       | H
hq.coupon_codes        | -      | -       | -         | -       | -       | H
hq.daily               | -      | -       | -         | -       | H       | H
hq.expire_points       | -      | -       | -         | -       | -       | H
hq.review_tiers        | -      | -       | -         | -       | -       | H
hq.bonus_parts         | -      | -       | -         | -       | -       | H
hq.adjust_points       | -      | -       | -         | -       | -       | H
hq.revoke              | -      | -       | -         | -       | -       | H
";

/// `$…` stands for an id of the book that the test has set up. `book`: whether somebody who may writes an operation by it; a PIN
/// travels beside, and is none. `answers`: what they may hear. A caller sends them in this order, so that there is a cart to price
/// and a card to lose.
const REQUESTS: &str = r#"
command                | book   | answers                         | request
status.watch           | -      | ok                              | {"seen":0}
setup.status           | -      | ok                              | {}
setup.join             | -      | enrol.malformed                 | {"code":"HEFU-abc"}
setup.retry            | -      | ok                              | {}
setup.start_over       | -      | setup.busy setup.already        | {}
setup.start            | -      | ok setup.already                | {"chain_name":"和福家居","store_name":"湖滨店","store_code":"HB","manager_name":"王店长","pin":"1357"}
sync.rejoin            | -      | enrol.malformed                 | {"code":"HEFU-abc","unkept":0}
sync.now               | -      | ok                              | {}
status.get             | -      | ok                              | {}
status.verify          | -      | ok                              | {}
session.staff          | -      | ok                              | {}
session.sign_in        | -      | staff.unknown                   | {"staff_id":"$nobody","pin":"1357"}
session.password       | -      | password.wrong sign_in.locked   | {"login":"nobody","password":"correct horse 1"}
session.first_admin    | -      | first_admin.code_wrong          | {"code":"guessed","login":"admin","name":"管理员","password":"correct horse 1"}
session.admin_code     | -      | first_admin.code_wrong          | {"code":"guessed","login":"admin","name":"管理员","password":"correct horse 1"}
session.change_secret  | -      | pin.invalid password.weak       | {"old":"1357","new":"1111"}
session.sign_out       | -      | ok                              | {}
staff.add              | writes | ok                              | {"name":"李梅","role":"cashier","pin":"2468"}
staff.pin              | -      | ok                              | {"staff_id":"$colleague","pin":"8642"}
product.search         | -      | ok                              | {"text":"抽纸"}
product.add            | writes | ok barcode.taken                | {"barcode":"6901234567984","name":"竹筷","category":"家居","unit":"把","price_fen":990}
cart.get               | -      | ok                              | {}
cart.enter             | -      | ok                              | {"text":"6901234567892"}
cart.add               | -      | ok                              | {"product_id":"$goods","quantity_milli":1000}
cart.set_quantity      | -      | ok                              | {"line_no":1,"quantity_milli":2000}
cart.price             | -      | ok approval.needed              | {"line_no":1,"price_fen":5000,"reason":"样品","approval":null}
cart.discount          | -      | ok approval.needed              | {"off_fen":100,"reason":"老客","approval":null}
cart.coupon            | -      | ok                              | {"code":null,"coupon_id":"$coupon"}
cart.coupon_remove     | -      | ok                              | {"coupon_id":"$coupon"}
cart.member            | -      | ok                              | {"member_id":"$member"}
cart.exchange          | -      | ok                              | {"exchange":{"refund_id":"$newest","sale_id":"$sale","lines":[{"no":1,"quantity_milli":1000}],"reason":"尺寸不合","approval":null}}
pay.suggest            | -      | ok                              | {}
pay.card               | -      | ok                              | {"shown":{"by":"number","card_no":"$card_no"}}
pay.preview            | -      | cart.changed                    | {"cart_id":"$nobody","revision":1,"tenders":[{"kind":"cash","given_fen":10000}]}
sale.pay               | -      | cart.changed                    | {"cart_id":"$nobody","revision":1,"tenders":[{"kind":"cash","given_fen":10000}]}
cart.remove            | -      | ok                              | {"line_no":1}
cart.clear             | -      | ok                              | {}
sale.get               | -      | ok                              | {"id":"$sale"}
sale.today             | -      | ok                              | {"after":null}
refund.find            | -      | ok                              | {"text":"HB-02","member_id":null}
refund.start           | -      | ok                              | {"sale_id":"$sale"}
refund.quote           | -      | ok                              | {"sale_id":"$sale","lines":[{"no":1,"quantity_milli":500}]}
refund.pay             | writes | ok                              | {"of":{"refund_id":"$new","sale_id":"$sold","lines":[{"no":1,"quantity_milli":1000}],"reason":"尺寸不合","approval":null},"shown":{"total_fen":20000,"lines":[{"no":1,"name":"沙发","unit":"件","quantity_milli":1000,"amount_fen":20000}],"tenders":[{"kind":"cash","given_fen":0,"change_fen":20000}],"taxes":[],"points_taken":0,"points_restored":0,"coupons":[],"gifts_taken":[],"points_owed":0}}
refund.without_receipt | writes | ok approval.needed              | {"refund_id":"$newer","goods":[{"product_id":"$goods","quantity_milli":1000,"price_fen":5990}],"member_id":null,"reason":"小票丢失","approval":null}
refund.get             | -      | ok refund.unknown               | {"id":"$new"}
card.types             | -      | ok                              | {}
card.ids               | -      | ok                              | {}
card.find              | -      | ok                              | {"card_no":"$card_no"}
card.get               | -      | ok                              | {"card_id":"$card"}
card.of_member         | -      | ok                              | {"member_id":"$member"}
card.open              | writes | ok                              | {"card_id":"$new","type_id":"$card_kind","member_id":"$member","card_no":null}
card.top_up_preview    | -      | ok                              | {"top_up_id":"$new","card_id":"$card","plan":null,"amount_fen":10000,"tenders":[{"kind":"cash","given_fen":10000}],"buyer_id":null}
card.top_up            | writes | ok                              | {"top_up_id":"$new","card_id":"$card","plan":null,"amount_fen":10000,"tenders":[{"kind":"cash","given_fen":10000}],"buyer_id":"$buyer"}
card.history           | -      | ok                              | {"card_id":"$card"}
card.receipt           | -      | ok card.unknown                 | {"card_id":"$card","top_up_id":"$new"}
card.change            | writes | ok                              | {"card_id":"$new","change":{"to":"lost"},"reason":"","approval":null}
card.reissue           | writes | ok approval.needed              | {"card_id":"$new","new_card_id":"$newer","card_no":null,"reason":"卡坏了","approval":null}
card.refund_quote      | -      | ok                              | {"card_id":"$card","cause":"cooling"}
card.refund            | -      | cart.changed approval.needed    | {"card_id":"$card","cause":"cooling","reason":"退卡","refund_fen":1,"by":{"kind":"cash"},"approval":null}
buyer.record           | writes | ok                              | {"buyer_id":"$new","kind":"passport","number":"E12345678","name":"李雷","phone":null,"agent":null,"member_id":null}
buyer.find             | -      | ok                              | {"kind":"passport","number":"G87654321"}
buyer.get              | -      | ok                              | {"buyer_id":"$buyer"}
coupon.of_member       | -      | ok                              | {"member_id":"$member"}
coupon.find            | -      | ok                              | {"code":"$coupon_code"}
coupon.kinds           | -      | ok                              | {}
coupon.issue           | writes | ok                              | {"batch_id":"$new","template_id":"$coupon_kind","member_id":"$member","count":1}
statement.points       | -      | ok                              | {"member_id":"$member","after":null}
statement.card         | -      | ok                              | {"card_id":"$card","after":null}
statement.drawer       | -      | ok                              | {"day":null,"after":null}
statement.stock        | -      | ok                              | {"product_id":"$goods","store_id":"$store","after":null}
member.search          | -      | ok                              | {"text":"1234"}
member.by_phone        | -      | ok                              | {"phone":"13812341234"}
member.get             | -      | ok                              | {"id":"$member","after":null}
member.register        | writes | ok                              | {"phone":"13912345678","name":"王小红","sex":null,"birthday":null,"card_no":null}
member.change          | writes | ok                              | {"id":"$member","name":"张小明","sex":null,"birthday":null,"card_no":null}
hq.today               | -      | ok                              | {"day":null}
hq.sales               | -      | ok                              | {"store_id":"$store","day":null,"after":null}
hq.stores              | -      | ok                              | {}
hq.store_add           | writes | ok                              | {"code":"XH","name":"西湖店"}
hq.store_set           | writes | ok                              | {"store_id":"$store","name":"湖滨银泰店"}
hq.staff               | -      | ok                              | {}
hq.staff_add           | writes | ok                              | {"name":"李梅","role":"cashier","place":{"at":"store","store_id":"$store"},"secret":"2468"}
hq.staff_set           | writes | ok                              | {"staff_id":"$colleague","name":"李梅","role":"manager","place":{"at":"store","store_id":"$store"},"active":true,"secret":"8642"}
hq.devices             | -      | ok                              | {}
hq.refused             | -      | ok                              | {"after":null}
hq.enrol               | -      | ok                              | {"store_id":"$store"}
hq.product_set         | writes | ok                              | {"product_id":"$new","name":"木勺","category":"家居","brand":"","tags":[],"unit":"把","price_fen":590,"barcodes":["6901234567991"]}
hq.rules               | -      | ok                              | {}
hq.rule_preview        | -      | ok                              | {"rule_id":null,"body":{"rule":"rounding","to_fen":10}}
hq.rule_save           | writes | ok                              | {"rule_id":null,"body":{"rule":"rounding","to_fen":10},"valid_from":null}
hq.coupon_batch        | -      | ok                              | {"batch_id":"$newer","name":"开业","template_id":"$coupon_kind","to":{"to":"codes","count":5}}
hq.coupon_batches      | -      | ok                              | {}
hq.coupon_batch_tell   | -      | ok                              | {"batch_id":"$newer","told":"stop"}
hq.coupon_codes        | -      | ok                              | {"batch_id":"$newer"}
hq.daily               | -      | ok                              | {}
hq.expire_points       | -      | ok                              | {"write":true}
hq.review_tiers        | -      | ok                              | {"write":true}
hq.bonus_parts         | -      | ok                              | {"write":true}
hq.adjust_points       | writes | ok                              | {"act_id":"$new","member_id":"$member","points":100,"reason":"旧系统"}
hq.revoke              | writes | ok                              | {"device_id":"$device","reason":"丢失"}
"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Unset = b'U' as isize,
    Till = b'T' as isize,
    Revoked = b'R' as isize,
    NewHq = b'N' as isize,
    Hq = b'H' as isize,
}

impl State {
    /// Whether a person of this role can be signed in there at all.
    pub fn is_home_of(self, role: Role) -> bool {
        match self {
            Self::Till | Self::Revoked => role.at_till(),
            Self::Hq => !role.at_till(),
            Self::Unset | Self::NewHq => false,
        }
    }
}

/// A command, who may send it where, and what is sent.
pub struct Row {
    pub command: &'static str,
    /// By role, nobody first: letters of states.
    cells: Vec<&'static str>,
    pub writes: bool,
    answers: Vec<&'static str>,
    pub request: &'static str,
}

impl Row {
    /// The refusal that a caller gets, or `None` for one who may. A role counts where it is at home.
    pub fn denial(&self, role: Option<Role>, state: State) -> Option<Code> {
        let role = role.filter(|role| state.is_home_of(*role));
        let column = role.map_or(0, |role| 1 + Role::ALL.iter().position(|one| *one == role).unwrap());
        let letter = char::from_u32(state as u32).unwrap();
        if self.cells[column].contains(letter) {
            return None;
        }
        let known_here = self.cells.iter().any(|cell| cell.contains(letter));
        Some(match (known_here, state, role) {
            (false, State::Revoked, _) => Code::DeviceRevoked,
            (false, ..) => Code::NotHere,
            (true, _, None) => Code::SignInNeeded,
            (true, _, Some(_)) => Code::NotPermitted,
        })
    }

    /// Whether this is what somebody who may hears.
    pub fn answers(&self, answer: Result<(), Code>) -> bool {
        let heard = answer.map_or_else(|code| code.to_string(), |()| "ok".to_owned());
        self.answers.contains(&heard.as_str())
    }
}

fn cells(text: &'static str, columns: usize) -> impl Iterator<Item = Vec<&'static str>> {
    text.trim().lines().map(move |line| line.splitn(columns, '|').map(str::trim).collect())
}

/// Every row, in the order of the requests.
pub fn rows() -> Vec<Row> {
    let mut who: Vec<_> = cells(WHO, 2 + Role::ALL.len()).collect();
    let head = who.remove(0);
    let roles: Vec<Role> = head[2..].iter().map(|name| serde_json::from_value((*name).into()).unwrap()).collect();
    assert_eq!((head[1], roles.as_slice()), ("nobody", &Role::ALL[..]), "every role has a column");
    let sent: Vec<_> = cells(REQUESTS, 4).skip(1).collect();
    for command in COMMANDS {
        for table in [&who, &sent] {
            assert_eq!(table.iter().filter(|row| row[0] == command.name).count(), 1, "{} stands once in each table", command.name);
        }
    }
    assert_eq!((who.len(), sent.len()), (COMMANDS.len(), COMMANDS.len()), "no table has a command that is none");
    let row = |sent: &Vec<&'static str>| Row {
        command: sent[0],
        cells: who.iter().find(|row| row[0] == sent[0]).unwrap()[1..].to_vec(),
        writes: sent[1] == "writes",
        answers: sent[2].split(' ').collect(),
        request: sent[3],
    };
    sent.iter().map(row).collect()
}
