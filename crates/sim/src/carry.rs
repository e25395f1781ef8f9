//! What becomes of a request or an answer on its way.

use hefu_core::wire::Push;
use hefu_sync::SyncError;

use crate::{
    breach::Checked,
    dice::Dice,
    wire::{Caller, Flight, Reply, Request},
    world::World,
};

impl World {
    /// Something on its way arrives, is lost, comes twice or late.
    pub fn deliver(&mut self, dice: &mut Dice) -> Checked {
        let flight = {
            let mut flights = self.net.flights();
            if flights.is_empty() {
                return Ok(());
            }
            let at = dice.below(flights.len());
            flights.swap_remove(at)
        };
        match flight {
            Flight::Request(caller, request) => self.send(caller, request, dice),
            Flight::Reply(caller, answer) => {
                let parted = self.tills[caller.till].parted.down;
                if parted || dice.permille(self.plan.loss) {
                    return self.gives_up(&caller, "an answer is lost");
                }
                self.carry(Flight::Reply(caller, answer))
            }
        }
    }

    fn send(&mut self, caller: Caller, request: Request, dice: &mut Dice) -> Checked {
        let parted = self.tills[caller.till].parted.up;
        if parted || dice.permille(self.plan.loss) {
            return self.gives_up(&caller, "a request is lost");
        }
        if dice.permille(self.plan.doubled) {
            self.net.flights().push(Flight::Request(caller.copy(), request.clone()));
        }
        if caller.is_waited_for() && dice.permille(self.plan.late) {
            self.net.flights().push(Flight::Request(caller.copy(), request));
            return self.gives_up(&caller, "a request is late");
        }
        self.carry(Flight::Request(caller, request))
    }

    /// Nobody waits for ever.
    fn gives_up(&mut self, caller: &Caller, what: &str) -> Checked {
        if !caller.is_waited_for() {
            return Ok(());
        }
        self.say(&format!("till {}: {what}", caller.till));
        caller.answer(Err(SyncError::Unreachable("no answer in time")));
        self.drive(caller.till, caller.lane)
    }

    /// It arrives.
    pub fn carry(&mut self, flight: Flight) -> Checked {
        match flight {
            Flight::Request(caller, request) => {
                let what = match &request {
                    Request::Hello(_) => "hello",
                    Request::Push(_) => "push",
                    Request::Pull(_) => "pull",
                };
                let log = if let Request::Push(bytes) = &request { Push::read(bytes).ok().map(|push| push.segment.log) } else { None };
                let answer = self.server.answer(caller.device, request, &self.rt);
                let told = match &answer {
                    Ok(Reply::Met(_)) => "met".to_owned(),
                    Ok(Reply::Pushed(reply)) => format!("held {}", reply.held),
                    Ok(Reply::Frame(bytes)) => format!("frame {}", blake3::hash(bytes).to_hex().split_at(8).0),
                    Err(error) => error.code().to_string(),
                };
                let copy = if caller.is_waited_for() { "" } else { ", late or twice" };
                self.say(&format!("server: {what} of till {}: {told}{copy}", caller.till));
                if let (Some(log), Ok(Reply::Pushed(reply))) = (log, &answer) {
                    let held = self.acknowledged.entry(log).or_default();
                    *held = reply.held.max(*held);
                }
                self.read_chain()?;
                if caller.is_waited_for() {
                    self.net.flights().push(Flight::Reply(caller, answer));
                }
                Ok(())
            }
            Flight::Reply(caller, answer) => {
                if !caller.is_waited_for() {
                    return Ok(());
                }
                if self.cursor_apart(&caller, &answer)? {
                    return Ok(());
                }
                caller.answer(answer);
                self.drive(caller.till, caller.lane)
            }
        }
    }
}
