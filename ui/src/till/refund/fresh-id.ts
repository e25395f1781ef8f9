/// A name for something about to be made, so that sending it twice makes it once: a UUID of version 7, as the node makes
/// its own. Only for what no command hands out a name for.

export function freshId(now: number = Date.now()): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    for (let at = 0; at < 6; at++) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) % 256;
    bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
