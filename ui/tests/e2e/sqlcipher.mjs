/// The first page of an encrypted book, read and written without the program: what a program of a later year leaves in it.

import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// SQLCipher 4: a page is ciphertext, its IV and an HMAC-SHA512 over both and the page's number; the first 16 bytes of the file are
// its salt. The key is raw, so only the HMAC's key is derived.
const PAGE = 4096;
const SALT = 16;
const IV = 16;
const HMAC = 64;
/** Of the header of the first page. */
const USER_VERSION = 60;

/** Writes `user_version` into the closed book of a till's folder. Gives the one that it had. */
export function setUserVersion(folder, version) {
    const path = join(folder, "book.db");
    const key = readFileSync(join(folder, "database.key"));
    assert.equal(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0, 0, "all of it is in the file itself");
    const book = readFileSync(path);
    const page = book.subarray(0, PAGE);
    const salt = page.subarray(0, SALT);
    const hmacKey = pbkdf2Sync(key, salt.map((byte) => byte ^ 0x3a), 2, 32, "sha512");
    const sum = () => createHmac("sha512", hmacKey).update(page.subarray(SALT, PAGE - HMAC)).update(Buffer.from([1, 0, 0, 0])).digest();
    assert.ok(sum().equals(page.subarray(PAGE - HMAC)), "the page is one of SQLCipher's under this key");
    const sealed = page.subarray(SALT, PAGE - HMAC - IV);
    const opening = createDecipheriv("aes-256-cbc", key, page.subarray(PAGE - HMAC - IV, PAGE - HMAC)).setAutoPadding(false);
    const clear = Buffer.concat([opening.update(sealed), opening.final()]);
    const before = clear.readUInt32BE(USER_VERSION - SALT);
    clear.writeUInt32BE(version, USER_VERSION - SALT);
    const iv = randomBytes(IV);
    const sealing = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
    Buffer.concat([sealing.update(clear), sealing.final(), iv]).copy(page, SALT);
    sum().copy(page, PAGE - HMAC);
    writeFileSync(path, book);
    return before;
}
