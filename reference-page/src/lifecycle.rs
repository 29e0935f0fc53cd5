//! Which statuses does a method need and make, what else does it do, and which method comes next?

use rpc_schema::methods::transactions::TransactionStatus as Status;

use crate::text::{Text, text};

/// What a method does to a transaction and beyond.
pub(crate) struct Lifecycle {
    pub(crate) method: &'static str,
    /// The statuses in which it runs; none if it begins something or only reads.
    pub(crate) before: &'static [Status],
    /// The statuses in which it may leave the transaction.
    pub(crate) after: &'static [Status],
    /// What it changes, sends or asks.
    pub(crate) effects: Text,
    /// The methods that usually follow.
    pub(crate) next: &'static [&'static str],
}

/// The life of one method.
pub(crate) fn of(method: &str) -> Option<&'static Lifecycle> {
    LIFECYCLES.iter().find(|life| life.method == method)
}

/// A status as it is on the wire.
pub(crate) const fn word(status: Status) -> &'static str {
    match status {
        Status::AwaitingCode => "awaiting_code",
        Status::Processing => "processing",
        Status::Held => "held",
        Status::Succeeded => "succeeded",
        Status::Declined => "declined",
        Status::Cancelled => "cancelled",
        Status::Reversed => "reversed",
        Status::Expired => "expired",
        Status::Manual => "manual",
    }
}

const ATTACH: Text = text!(
    "Asks the card's network for the card and has an SMS with a code sent. No money moves.",
    "Спрашивает сеть о карте и отправляет SMS с кодом. Деньги не движутся.",
    "Karta tarmog‘idan kartani so‘raydi va kodli SMS yuboradi. Pul harakatlanmaydi.",
);
const CONFIRM_CARD: Text = text!(
    "Uses up one try of the code. When it is right, the card is stored, encrypted, and its token works in every method.",
    "Расходует одну попытку ввода кода. Если код верен, карта сохраняется в зашифрованном виде, и её токен работает во всех методах.",
    "Kodning bitta urinishini sarflaydi. Kod to‘g‘ri bo‘lsa, karta shifrlangan holda saqlanadi va uning tokeni barcha metodlarda ishlaydi.",
);
const READS: Text = text!(
    "Only reads. It can be repeated at any time.",
    "Только читает. Вызов можно повторять в любое время.",
    "Faqat o‘qiydi. Chaqiruvni istalgan vaqtda takrorlash mumkin.",
);
const ASKS: Text = text!(
    "Asks the card's network. Nothing is stored and no money moves, so it can be repeated at any time.",
    "Спрашивает сеть карты. Ничего не сохраняется, деньги не движутся, поэтому вызов можно повторять в любое время.",
    "Karta tarmog‘idan so‘raydi. Hech narsa saqlanmaydi va pul harakatlanmaydi, shuning uchun chaqiruvni istalgan vaqtda takrorlash mumkin.",
);
const PAYS: Text = text!(
    "Moves money, or sends an SMS with a code and moves it later. Every movement is on the disk before it leaves, and is sent once. Give an `extId`, so that a repeat is safe.",
    "Двигает деньги или отправляет SMS с кодом и двигает их позже. Каждое движение записывается на диск до отправки и отправляется один раз. Передавайте `extId`, чтобы повтор был безопасен.",
    "Pulni harakatlantiradi yoki kodli SMS yuborib, keyinroq harakatlantiradi. Har bir harakat jo‘natilishidan oldin diskka yoziladi va bir marta jo‘natiladi. Takrorlash xavfsiz bo‘lishi uchun `extId` bering.",
);
const CONFIRMS: Text = text!(
    "Uses up one try of the code. When it is right, the money moves. A second call moves nothing: it is told -32392 or -32365.",
    "Расходует одну попытку ввода кода. Если код верен, деньги движутся. Второй вызов ничего не двигает: он получит -32392 или -32365.",
    "Kodning bitta urinishini sarflaydi. Kod to‘g‘ri bo‘lsa, pul harakatlanadi. Ikkinchi chaqiruv hech narsani harakatlantirmaydi: u -32392 yoki -32365 oladi.",
);
const TRANSFER_AFTER: &[Status] = &[
    Status::AwaitingCode,
    Status::Succeeded,
    Status::Declined,
    Status::Processing,
];

const fn transfer(method: &'static str) -> Lifecycle {
    Lifecycle {
        method,
        before: &[],
        after: TRANSFER_AFTER,
        effects: PAYS,
        next: &["p2p.confirm", "transactions.get"],
    }
}

const fn reading(method: &'static str, effects: Text, next: &'static [&'static str]) -> Lifecycle {
    Lifecycle {
        method,
        before: &[],
        after: &[],
        effects,
        next,
    }
}

const LIFECYCLES: &[Lifecycle] = &[
    reading("cards.attach", ATTACH, &["cards.attach.confirm"]),
    reading(
        "cards.attach.confirm",
        CONFIRM_CARD,
        &["transactions.debit"],
    ),
    reading("cards.add", ATTACH, &["cards.add-confirm"]),
    reading("cards.add-confirm", CONFIRM_CARD, &["transactions.debit"]),
    reading("cards.list", READS, &["cards.info"]),
    reading("cards.info", ASKS, &["transactions.debit"]),
    reading(
        "cards.remove",
        text!(
            "The token is unknown from then on. Payments and holds that are open on the card go on.",
            "С этого момента токен неизвестен. Открытые по карте платежи и холды продолжаются.",
            "Shu paytdan boshlab token noma’lum bo‘ladi. Karta bo‘yicha ochiq to‘lovlar va xoldlar davom etadi.",
        ),
        &["cards.add"],
    ),
    Lifecycle {
        method: "transactions.debit",
        before: &[],
        after: &[
            Status::AwaitingCode,
            Status::Held,
            Status::Succeeded,
            Status::Declined,
            Status::Processing,
        ],
        effects: PAYS,
        next: &[
            "transactions.debit.confirm",
            "transactions.debit.hold.charge",
            "transactions.debit.reverse",
            "transactions.get",
        ],
    },
    Lifecycle {
        method: "transactions.debit.confirm",
        before: &[Status::AwaitingCode],
        after: &[
            Status::Held,
            Status::Succeeded,
            Status::Declined,
            Status::Expired,
            Status::Processing,
        ],
        effects: CONFIRMS,
        next: &[
            "transactions.debit.hold.charge",
            "transactions.debit.reverse",
            "transactions.get",
        ],
    },
    Lifecycle {
        method: "transactions.debit.reverse",
        before: &[Status::Succeeded],
        after: &[Status::Reversed, Status::Succeeded, Status::Processing],
        effects: text!(
            "Gives money back to the card. If the network refuses, the payment stands as it was.",
            "Возвращает деньги на карту. Если сеть отказывает, платёж остаётся как был.",
            "Pulni kartaga qaytaradi. Tarmoq rad etsa, to‘lov avvalgi holida qoladi.",
        ),
        next: &["transactions.get"],
    },
    Lifecycle {
        method: "transactions.debit.hold.charge",
        before: &[Status::Held],
        after: &[
            Status::Succeeded,
            Status::Held,
            Status::Expired,
            Status::Processing,
        ],
        effects: text!(
            "Takes held money. If the network refuses, the hold stands as it was.",
            "Списывает захолдированные деньги. Если сеть отказывает, холд остаётся как был.",
            "Ushlab turilgan pulni yechib oladi. Tarmoq rad etsa, xold avvalgi holida qoladi.",
        ),
        next: &["transactions.debit.reverse", "transactions.get"],
    },
    Lifecycle {
        method: "transactions.debit.hold.cancel",
        before: &[Status::Held],
        after: &[
            Status::Cancelled,
            Status::Held,
            Status::Succeeded,
            Status::Processing,
        ],
        effects: text!(
            "Frees held money. If the network refuses, the hold stands as it was.",
            "Освобождает захолдированные деньги. Если сеть отказывает, холд остаётся как был.",
            "Ushlab turilgan pulni bo‘shatadi. Tarmoq rad etsa, xold avvalgi holida qoladi.",
        ),
        next: &["transactions.get"],
    },
    reading("p2p.recipient-info", ASKS, &["p2p.fee-info"]),
    reading(
        "p2p.fee-info",
        READS,
        &["p2p.uzcard2humo", "p2p.humo2uzcard"],
    ),
    transfer("p2p.humo2humo"),
    transfer("p2p.humo2uzcard"),
    transfer("p2p.uzcard2humo"),
    transfer("p2p.uzcard2uzcard"),
    Lifecycle {
        method: "p2p.confirm",
        before: &[Status::AwaitingCode],
        after: &[
            Status::Succeeded,
            Status::Declined,
            Status::Expired,
            Status::Processing,
        ],
        effects: CONFIRMS,
        next: &["transactions.get"],
    },
    reading(
        "cards.monitoring",
        text!(
            "Fetches the cards' operations from their networks and keeps them. No money moves.",
            "Получает операции карт из их сетей и хранит их. Деньги не движутся.",
            "Kartalar amallarini tarmoqlardan oladi va saqlaydi. Pul harakatlanmaydi.",
        ),
        &["monitoring.get.entry"],
    ),
    reading(
        "monitoring.get.entry",
        text!(
            "Only reads. With the permission `pan.read` each reading of a whole card number is recorded.",
            "Только читает. С правом `pan.read` каждое чтение полного номера карты записывается.",
            "Faqat o‘qiydi. `pan.read` huquqi bilan to‘liq karta raqamining har bir o‘qilishi qayd etiladi.",
        ),
        &[],
    ),
    reading(
        "transactions.get",
        READS,
        &[
            "transactions.debit.reverse",
            "transactions.debit.hold.charge",
        ],
    ),
    reading("transactions.list", READS, &["transactions.get"]),
    reading("rpc.discover", READS, &["cards.add"]),
];

/// Params that hold a cardholder's data or a secret: they belong into no log and no store of the partner's.
const SENSITIVE: &[&str] = &[
    "pan",
    "pan2",
    "expiry",
    "phone",
    "phoneNumber",
    "otpCode",
    "confirmedCode",
    "token",
    "tokens",
    "cardId",
    "sender",
    "firstName",
    "lastName",
    "middleName",
    "birthDate",
    "pinfl",
    "documentType",
    "documentNumber",
    "documentValidTo",
    "nationality",
];

/// Params that hold neither.
#[cfg(test)]
const HARMLESS: &[&str] = &[
    "processingType",
    "transactionId",
    "amount",
    "merchantId",
    "terminalId",
    "is_hold",
    "force_sms_confirmation",
    "extId",
    "from",
    "to",
    "page",
    "size",
    "id",
    "status",
    "kind",
    "cursor",
];

/// Whether a param holds a cardholder's data or a secret.
pub(crate) fn sensitive(param: &str) -> bool {
    SENSITIVE.contains(&param)
}

#[cfg(test)]
mod tests {
    use std::iter;

    use rpc_schema::methods::METHODS;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_method_has_a_life() {
        let missing: Vec<&str> = METHODS
            .iter()
            .map(|method| method.name)
            .filter(|name| of(name).is_none())
            .collect();
        assert!(missing.is_empty(), "no entry in LIFECYCLES: {missing:?}");
    }

    #[test]
    fn each_param_is_known_to_be_sensitive_or_not() {
        let missing: Vec<(&str, &str)> = METHODS
            .iter()
            .flat_map(|method| {
                let fields = method.fields.iter();
                fields
                    .flat_map(|field| iter::once(field).chain(field.members))
                    .map(|field| (method.name, field.name))
            })
            .filter(|(_, field)| sensitive(field) == HARMLESS.contains(field))
            .collect();
        assert!(
            missing.is_empty(),
            "in none or both of the lists: {missing:?}"
        );
    }

    #[test]
    fn statuses_are_written_as_on_the_wire() {
        for life in LIFECYCLES {
            for status in life.before.iter().chain(life.after) {
                assert_eq!(json!(status), json!(word(*status)));
            }
        }
    }
}
