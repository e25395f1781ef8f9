/// Names of the documents by which a buyer of cards is known.

import { m } from "$lib/paraglide/messages";
import type { BuyerView } from "$wire/BuyerView";
import type { DocumentKind } from "$wire/DocumentKind";

const DOCUMENTS: Record<DocumentKind, () => string> = {
    resident_id: () => m["document.resident_id"](),
    passport: () => m["document.passport"](),
    hk_macao_pass: () => m["document.hk_macao_pass"](),
    taiwan_pass: () => m["document.taiwan_pass"](),
    credit_code: () => m["document.credit_code"](),
};

/** What a person may show, the most usual first. */
export const PERSONS_DOCUMENTS: readonly DocumentKind[] = ["resident_id", "passport", "hk_macao_pass", "taiwan_pass"];

export function documentName(kind: DocumentKind): string {
    return DOCUMENTS[kind]();
}

/** `身份证 1*************002X`, as the node shows it. */
export function documentShown(buyer: BuyerView): string {
    return `${documentName(buyer.kind)} ${buyer.number}`;
}
