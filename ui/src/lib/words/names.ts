/// Names of the closed sets that cross the wire.

import { m } from "$lib/paraglide/messages";
import type { FoundBy } from "$wire/FoundBy";
import type { Link } from "$wire/Link";
import type { Role } from "$wire/Role";
import type { Sex } from "$wire/Sex";
import type { Stopped } from "$wire/Stopped";

const ROLES: Record<Role, () => string> = {
    cashier: () => m["role.cashier"](),
    assistant: () => m["role.assistant"](),
    manager: () => m["role.manager"](),
    analyst: () => m["role.analyst"](),
    admin: () => m["role.admin"](),
};

const FOUND_BY: Record<FoundBy, () => string> = {
    phone: () => m["found.phone"](),
    card: () => m["found.card"](),
    last_four: () => m["found.last_four"](),
    phone_prefix: () => m["found.phone"](),
    card_prefix: () => m["found.card"](),
    name: () => m["found.name"](),
    given_name: () => m["found.name"](),
    pinyin: () => m["found.pinyin"](),
    initials: () => m["found.initials"](),
};

const SEXES: Record<Sex, () => string> = {
    female: () => m["sex.female"](),
    male: () => m["sex.male"](),
};

export const SEX_CHOICES = Object.keys(SEXES) as Sex[];

interface StopWords {
    name: () => string;
    /** What happened, that nothing is lost, what to do. */
    about: () => string;
    /** Whether trying again by hand can help. */
    retry: boolean;
    /** Whether joining anew is what helps. */
    rejoin: boolean;
}

export const STOPS: Record<Stopped, StopWords> = {
    fork: { name: () => m["stopped.fork"](), about: () => m["error.sync.fork"](), retry: false, rejoin: true },
    gap: { name: () => m["stopped.gap"](), about: () => m["error.sync.gap"](), retry: false, rejoin: true },
    newer: { name: () => m["stopped.newer"](), about: () => m["error.server.newer"](), retry: true, rejoin: false },
    revoked: { name: () => m["stopped.revoked"](), about: () => m["error.device.revoked"](), retry: false, rejoin: true },
    certificate: { name: () => m["stopped.certificate"](), about: () => m["error.server.certificate"](), retry: true, rejoin: false },
    other_chain: { name: () => m["stopped.other_chain"](), about: () => m["error.server.other_chain"](), retry: true, rejoin: false },
    unknown: { name: () => m["stopped.unknown"](), about: () => m["stopped.unknown.about"](), retry: true, rejoin: true },
    server: { name: () => m["stopped.server"](), about: () => m["error.server.cannot_write"](), retry: true, rejoin: false },
    machine: { name: () => m["stopped.machine"](), about: () => m["stopped.machine.about"](), retry: true, rejoin: false },
    damaged: { name: () => m["stopped.damaged"](), about: () => m["error.sync.damaged"](), retry: true, rejoin: true },
    rubbish: { name: () => m["stopped.rubbish"](), about: () => m["error.server.rubbish"](), retry: true, rejoin: false },
};

/** What a person can do about a link: whether trying again by hand can help, and whether joining anew is what helps. What a
 * server that has given this till up does not keep yet is sent again by hand too. */
export function actsFor(link: Link, unkept: number): { retry: boolean; rejoin: boolean } {
    if (link.state !== "stopped") return { retry: link.state !== "no_server", rejoin: false };
    const { retry, rejoin } = STOPS[link.why];
    return { retry: retry || (rejoin && unkept > 0), rejoin };
}

export function roleName(role: Role): string {
    return ROLES[role]();
}

export function foundByName(by: FoundBy): string {
    return FOUND_BY[by]();
}

export function sexName(sex: Sex): string {
    return SEXES[sex]();
}

export function linkName(link: Link): string {
    switch (link.state) {
        case "no_server":
            return m["link.no_server"]();
        case "online":
            return m["link.online"]();
        case "offline":
            return m["link.offline"]();
        case "stopped":
            return m["link.stopped"]({ why: STOPS[link.why].name() });
    }
}
