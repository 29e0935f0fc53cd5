// What a partner writes with the types: each variant of a result is told by its members.

import type { CodeSent, Held, HumoDebit, UzcardDebit } from "./generated/schema.js";
import type { DebitResult, TransactionsDebit } from "./generated/typings.js";

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

export function told(result: DebitResult): string {
  if ("phone" in result) return `code sent to ${result.phone}`;
  if ("paymentId" in result) return `HUMO ${result.paymentId}`;
  if ("refNum" in result) return `UZCARD ${result.refNum}`;
  return `held as ${result.transactionId}`;
}

/** Optional params come last and may be left out. */
export async function debit(call: TransactionsDebit): Promise<string> {
  return told(await call("a1807840-4577-11ee-bec9-ddd6006913ab", 500_000, "90001", "92400001"));
}

/** Both generators mean the same. */
export const same: Same<DebitResult, UzcardDebit | HumoDebit | CodeSent | Held> = true;
