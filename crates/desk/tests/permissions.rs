//! Every command × role × state of the node, in one table written by hand (issue rows F1, F6). A command that is not in
//! it, and a right that is not written here, fails the test.

use hefu_core::access::Role;
use hefu_desk::{access::allowed, commands::COMMANDS, wire::NodeState};

/// States: U unset, T till, R revoked till, N HQ before its first administrator, H HQ. A dash: never.
const TABLE: &str = "
command             | nobody | cashier | assistant | manager | analyst | admin
status.watch        | UTRNH  | UTRNH   | UTRNH     | UTRNH   | UTRNH   | UTRNH
setup.status        | UTRNH  | UTRNH   | UTRNH     | UTRNH   | UTRNH   | UTRNH
setup.start         | U      | U       | U         | U       | U       | U
setup.join          | U      | U       | U         | U       | U       | U
setup.retry         | U      | U       | U         | U       | U       | U
setup.start_over    | U      | U       | U         | U       | U       | U
sync.rejoin         | -      | -       | -         | TR      | -       | TR
sync.now            | TR     | TR      | TR        | TR      | TR      | TR
status.get          | UTRNH  | UTRNH   | UTRNH     | UTRNH   | UTRNH   | UTRNH
status.verify       | -      | -       | -         | TRH     | -       | TRH
session.staff       | TR     | TR      | TR        | TR      | TR      | TR
session.sign_in     | TR     | TR      | TR        | TR      | TR      | TR
session.password    | H      | H       | H         | H       | H       | H
session.first_admin | N      | N       | N         | N       | N       | N
session.admin_code    | H      | H       | H         | H       | H       | H
session.change_secret | -      | TH      | TH        | TH      | TH      | TH
session.sign_out    | -      | TRH     | TRH       | TRH     | TRH     | TRH
staff.add           | -      | -       | -         | T       | -       | -
staff.pin           | -      | -       | -         | T       | -       | -
product.search      | -      | TRH     | TRH       | TRH     | TRH     | TRH
product.add         | -      | -       | -         | TH      | -       | TH
cart.get            | -      | T       | T         | T       | -       | -
cart.enter          | -      | T       | T         | T       | -       | -
cart.add            | -      | T       | T         | T       | -       | -
cart.set_quantity   | -      | T       | T         | T       | -       | -
cart.remove         | -      | T       | T         | T       | -       | -
cart.member         | -      | T       | T         | T       | -       | -
cart.clear          | -      | T       | T         | T       | -       | -
cart.coupon           | -      | T       | T         | T       | -       | -
cart.coupon_remove    | -      | T       | T         | T       | -       | -
cart.price            | -      | T       | T         | T       | -       | -
cart.discount         | -      | T       | T         | T       | -       | -
cart.exchange         | -      | T       | T         | T       | -       | -
pay.suggest           | -      | T       | T         | T       | -       | -
pay.card              | -      | T       | T         | T       | -       | -
pay.preview           | -      | T       | T         | T       | -       | -
sale.pay            | -      | T       | T         | T       | -       | -
sale.get            | -      | TRH     | TRH       | TRH     | TRH     | TRH
sale.today          | -      | TR      | TR        | TR      | TR      | TR
refund.find           | -      | TR      | TR        | TR      | TR      | TR
refund.start          | -      | T       | T         | T       | T       | T
refund.quote          | -      | T       | T         | T       | T       | T
refund.pay            | -      | T       | T         | T       | -       | -
refund.without_receipt| -      | T       | T         | T       | -       | -
refund.get            | -      | TRH     | TRH       | TRH     | TRH     | TRH
card.types            | -      | T       | T         | T       | -       | -
card.ids              | -      | T       | T         | T       | -       | -
card.find             | -      | TR      | TR        | TR      | -       | -
card.get              | -      | TRH     | TRH       | TRH     | TRH     | TRH
card.of_member        | -      | TRH     | TRH       | TRH     | TRH     | TRH
card.open             | -      | T       | T         | T       | -       | -
card.top_up_preview   | -      | T       | T         | T       | -       | -
card.top_up           | -      | T       | T         | T       | -       | -
card.change           | -      | T       | T         | T       | -       | -
card.reissue          | -      | T       | T         | T       | -       | -
card.refund_quote     | -      | T       | T         | T       | -       | -
card.refund           | -      | T       | T         | T       | -       | -
coupon.of_member      | -      | TRH     | TRH       | TRH     | TRH     | TRH
coupon.find           | -      | TR      | TR        | TR      | -       | -
coupon.kinds          | -      | -       | -         | TH      | -       | TH
coupon.issue          | -      | -       | -         | TH      | -       | TH
statement.points      | -      | TRH     | TRH       | TRH     | TRH     | TRH
statement.card        | -      | TRH     | TRH       | TRH     | TRH     | TRH
statement.drawer      | -      | TR      | TR        | TR      | TR      | TR
statement.stock       | -      | TRH     | TRH       | TRH     | TRH     | TRH
member.search       | -      | TRH     | TRH       | TRH     | TRH     | TRH
member.by_phone     | -      | TRH     | TRH       | TRH     | TRH     | TRH
member.get          | -      | TRH     | TRH       | TRH     | TRH     | TRH
member.register     | -      | T       | T         | T       | -       | -
member.change       | -      | -       | T         | T       | -       | -
hq.today            | -      | -       | -         | -       | H       | H
hq.sales            | -      | -       | -         | -       | H       | H
hq.stores           | -      | -       | -         | -       | H       | H
hq.store_add        | -      | -       | -         | -       | -       | H
hq.store_set        | -      | -       | -         | -       | -       | H
hq.staff            | -      | -       | -         | -       | -       | H
hq.staff_add        | -      | -       | -         | -       | -       | H
hq.staff_set        | -      | -       | -         | -       | -       | H
hq.devices          | -      | -       | -         | -       | H       | H
hq.enrol            | -      | -       | -         | -       | -       | H
hq.product_set        | -      | -       | -         | H       | -       | H
hq.rules              | -      | -       | -         | -       | H       | H
hq.rule_preview       | -      | -       | -         | -       | -       | H
hq.rule_save          | -      | -       | -         | -       | -       | H
hq.coupon_batch       | -      | -       | -         | -       | -       | H
hq.coupon_batches     | -      | -       | -         | -       | H       | H
hq.coupon_batch_tell  | -      | -       | -         | -       | -       | H
hq.coupon_codes       | -      | -       | -         | -       | -       | H
hq.daily              | -      | -       | -         | -       | H       | H
hq.expire_points      | -      | -       | -         | -       | -       | H
hq.review_tiers       | -      | -       | -         | -       | -       | H
hq.bonus_parts        | -      | -       | -         | -       | -       | H
hq.adjust_points      | -      | -       | -         | -       | -       | H
hq.revoke           | -      | -       | -         | -       | -       | H
";

const STATES: [(char, NodeState); 5] =
    [('U', NodeState::Unset), ('T', NodeState::Till), ('R', NodeState::Revoked), ('N', NodeState::HqUnset), ('H', NodeState::Hq)];

#[test]
fn every_command_role_and_state() {
    let mut rows = TABLE.trim().lines();
    let head: Vec<&str> = rows.next().unwrap().split('|').map(str::trim).collect();
    let roles: Vec<Option<Role>> = head[1..]
        .iter()
        .map(|name| match *name {
            "nobody" => None,
            name => Some(serde_json::from_value(serde_json::Value::String(name.to_owned())).unwrap()),
        })
        .collect();
    assert_eq!(roles.len(), Role::ALL.len() + 1, "every role has a column");
    let mut seen = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let command = COMMANDS.iter().find(|command| command.name == cells[0]).unwrap_or_else(|| panic!("no command {}", cells[0]));
        seen.push(command.name);
        for (role, cell) in roles.iter().zip(&cells[1..]) {
            for (letter, state) in STATES {
                let expect = cell.contains(letter);
                assert_eq!(allowed(command, *role, state).is_ok(), expect, "{} as {role:?} in {state:?}", command.name);
            }
        }
    }
    for command in COMMANDS {
        assert_eq!(seen.iter().filter(|name| **name == command.name).count(), 1, "{} stands once in the table", command.name);
    }
}
