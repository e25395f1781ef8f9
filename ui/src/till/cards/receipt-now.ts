/// A receipt that stays in sight follows its state.

import type { Host } from "$lib/host";
import type { CardReceipt } from "$wire/CardReceipt";
import type { TopUpId } from "$wire/TopUpId";

/** The receipt of a top-up, or of the card paid out, as the node has it now; the one in hand where it cannot be asked. */
export async function receiptNow(host: Host, receipt: CardReceipt, topUpId: TopUpId | null): Promise<CardReceipt> {
    try {
        return await host.rpc("card.receipt", { card_id: receipt.card.card_id, top_up_id: topUpId });
    } catch {
        return receipt;
    }
}
