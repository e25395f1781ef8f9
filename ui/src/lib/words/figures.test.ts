import { describe, expect, it } from "vitest";
import { changeTenths, fenTyped, grouped, milliTyped, percentTenths, phoneGroups, quantity, scaled, scaledText, yuan, yuanText } from "./figures";

describe("figures", () => {
    it.each([
        [0, "0.00"], [5, "0.05"], [50, "0.50"], [100, "1.00"], [123456, "1,234.56"], [-1990, "-19.90"],
        [Number.MAX_SAFE_INTEGER, "90,071,992,547,409.91"],
    ])("yuan(%i) is %s", (fen, text) => expect(yuan(fen)).toBe(text));

    it.each([[1000, "1"], [3000, "3"], [1250, "1.25"], [5, "0.005"], [1_200_000, "1,200"], [-2000, "-2"]])(
        "quantity(%i) is %s",
        (milli, text) => expect(quantity(milli)).toBe(text),
    );

    it.each([
        ["100", 10000], ["0.5", 50], [".5", 50], ["19.90", 1990], ["19.", 1900], ["", null], [".", null], ["1.234", null],
        ["1e3", null], ["-5", null], ["1234567890", null], ["０", null],
    ])("fenTyped(%s) is %s", (text, fen) => expect(fenTyped(text)).toBe(fen));

    it("milliTyped takes three decimals", () => {
        expect(milliTyped("3")).toBe(3000);
        expect(milliTyped("0.125")).toBe(125);
        expect(milliTyped("0.1255")).toBeNull();
    });

    it.each([[950, 2, "9.5"], [1000, 2, "10"], [0, 2, "0"], [5, 2, "0.05"], [500, 1, "50"], [12, 0, "12"], [2000, 3, "2"], [100, 0, "100"]])(
        "%i of %i decimals is typed %s",
        (value, decimals, text) => {
            expect(scaledText(value, decimals)).toBe(text);
            expect(scaled(text, decimals)).toBe(value);
        },
    );

    it.each([[0, "0"], [5, "0.05"], [30_000, "300"], [1990, "19.90"], [500_000, "5000"]])("%i fen is typed %s", (fen, text) => {
        expect(yuanText(fen)).toBe(text);
        expect(fenTyped(text)).toBe(fen);
    });

    it("compares without a zero to divide by", () => {
        expect(changeTenths(112, 100)).toBe(120);
        expect(changeTenths(90, 100)).toBe(-100);
        expect(changeTenths(5, 0)).toBeNull();
        expect(percentTenths(123)).toBe("+12.3 %");
        expect(percentTenths(-5)).toBe("−0.5 %");
        expect(percentTenths(0)).toBe("±0.0 %");
    });

    it("groups thousands and phones", () => {
        expect(grouped(1234567)).toBe("1,234,567");
        expect(grouped(999)).toBe("999");
        expect(phoneGroups("13800138000")).toBe("138 0013 8000");
        expect(phoneGroups("138****8000")).toBe("138 **** 8000");
        expect(phoneGroups("138")).toBe("138");
    });
});
