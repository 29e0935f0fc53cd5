//! The gateway through its front door, on SQLite and on PostgreSQL. How to write a test: the crate `test-support`.
//!
//! # Which file answers what
//!
//! | Question | File |
//! |---|---|
//! | How are calls wrapped: envelopes, ids, batches, HTTP, pages? | `envelope`, `http` |
//! | Who may call what? | `authentication` |
//! | Which params are refused, and in which order are calls checked? | `params`, `limits` |
//! | Do requests, replies and errors agree with the documents and with what is published? | `documents`, `contract`, `examples` |
//! | What do the documents' own paths take and answer? | `paths` |
//! | How are cards attached, listed and removed? | `cards` (B family), `attach` (A family), `lists` |
//! | When is a code right, wrong, or too late? | `codes` |
//! | What does each method answer when all goes well, and what when it is refused? | `debits`, `holds`, `transfers`, `transfer_refusals`, `transactions_get`, `lists`, `monitoring` |
//! | What can be taken and given back in parts? | `parts` |
//! | Under which account at a network is a call made? | `accounts` |
//! | Which person does a transfer name as its sender? | `senders` |
//! | What may be done with a transaction in each status? | `statuses` |
//! | What if a call to a network goes wrong? | `outcomes`, `transfer_outcomes`, `false_replies` |
//! | What does an answer of a network prove, code by code? What if a payment or hold is gone? | `answers`, `gone` |
//! | What becomes of a call whose outcome is unknown? What if its network was silent? | `recovery`, `silence` |
//! | What if a network spells things in another way? | `spellings` |
//! | When is a token that a login gives renewed, and what if there is none? | `logins` |
//! | What if the process dies at any moment? | `crashes` |
//! | What if a call is repeated? | `repeats` |
//! | What if many call at once, or several gateways share a database? | `races`, `several` |
//! | What becomes of a session of PostgreSQL, and of what is written as one statement? | `sessions` |
//! | Is money made or lost by any mix of orders? | `conservation` |
//! | Does a network that hangs slow the other one? | `bulkhead` |
//! | What if the key that encrypts changes? | `keys` |
//! | Who is served when too many call? | `admission` |
//! | What leaves a row in the audit log, and who finds out that one was changed? | `audit` |
//! | What do operators learn of a network that does not answer, and of callers that are refused? | `questions`, `notices` |
//! | What does the gateway do by itself? | `background`, `receipts` |
//! | What happens when the sandbox's clock is moved on? | `clock` |
//! | What if an older copy of the database is restored? | `restored` |
//! | What can an operator do, and how do our books compare with the networks'? | `operator`, `comparison`, `payment_list` |
//! | What does a partner hear by webhook, once, in order, and at which addresses? | `webhooks` |
//! | Is the schema what the entities say, and does a database of an earlier version go on? | `migrations`, `upgrade` |

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod admission;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod asked_too_often;
#[cfg(test)]
mod attach;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod authentication;
#[cfg(test)]
mod background;
#[cfg(test)]
mod bulkhead;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod comparison;
#[cfg(test)]
mod conservation;
#[cfg(test)]
mod console;
#[cfg(test)]
mod contours;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod day_report;
#[cfg(test)]
mod debits;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod dual_messages;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod false_replies;
#[cfg(test)]
mod gone;
#[cfg(test)]
mod holds;
#[cfg(test)]
mod http;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod monitoring;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod odd_contours;
#[cfg(test)]
mod odd_replies;
#[cfg(test)]
mod operator;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod params;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod payment_list;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod races;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod reconciliation;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod repeats;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod senders;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod several;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod spellings;
#[cfg(test)]
mod statuses;
#[cfg(test)]
mod svgate;
#[cfg(test)]
mod transactions_get;
#[cfg(test)]
mod transfer_outcomes;
#[cfg(test)]
mod transfer_refusals;
#[cfg(test)]
mod transfers;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod ways;
#[cfg(test)]
mod webhooks;
