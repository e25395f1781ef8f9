/// Names for things that begin on this screen, so that sending them twice makes them once. UUIDs of version 7, as every id.

export function newId(now: number): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const at = Math.max(0, Math.trunc(now)).toString(16).padStart(12, "0").slice(-12);
    for (let byte = 0; byte < 6; byte++) bytes[byte] = Number.parseInt(at.slice(byte * 2, byte * 2 + 2), 16);
    bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
