//! What helps with testing. Only the page of a sandbox has it.

use super::block::{Block, Guide};
use crate::text::{Text, text};

pub(crate) static TEST_CARDS: Guide = Guide {
    id: "test-cards",
    title: text!("Test cards", "Тестовые карты", "Sinov kartalari"),
    blocks: &[Block::Paragraph(text!(
        "All expire in December 2030: `1230` as `MMYY`, `3012` as `YYMM`. Each card can be attached unless the table says otherwise; its outcome shows when money moves. Every SMS carries the code `{code}`, and every message can be read at `{control}/sandbox/messages?phone=998…`.",
        "Срок всех карт — декабрь 2030: `1230` в виде `MMYY`, `3012` в виде `YYMM`. Каждую карту можно привязать, если в таблице не сказано иное; исход проявляется, когда движутся деньги. В каждой SMS — код `{code}`, а все сообщения видны по адресу `{control}/sandbox/messages?phone=998…`.",
        "Barcha kartalar muddati — 2030-yil dekabr: `MMYY` ko‘rinishida `1230`, `YYMM` ko‘rinishida `3012`. Jadvalda boshqacha aytilmagan bo‘lsa, har bir kartani biriktirish mumkin; natija pul harakatlanganda ko‘rinadi. Har bir SMSda `{code}` kodi bor, barcha xabarlarni `{control}/sandbox/messages?phone=998…` manzilida o‘qish mumkin.",
    ))],
};

/// What happens to a card with this outcome.
pub(crate) const OUTCOMES: &[(&str, Text)] = &[
    ("ok", text!("pays", "платит", "to‘laydi")),
    (
        "insufficient_funds",
        text!(
            "too little money: -32309",
            "мало денег: -32309",
            "mablag‘ yetarli emas: -32309"
        ),
    ),
    (
        "declined_in_result",
        text!(
            "refused inside a result: -32403 or alike",
            "отказ внутри результата: -32403 или подобный",
            "natija ichida rad etiladi: -32403 yoki shunga o‘xshash"
        ),
    ),
    (
        "blocked",
        text!(
            "blocked: -32310",
            "заблокирована: -32310",
            "bloklangan: -32310"
        ),
    ),
    (
        "expired",
        text!(
            "expired: -32336",
            "истёк срок: -32336",
            "muddati tugagan: -32336"
        ),
    ),
    (
        "pin_tries",
        text!(
            "PIN tries used up: -32341",
            "исчерпаны попытки PIN: -32341",
            "PIN urinishlari tugagan: -32341"
        ),
    ),
    (
        "no_sms",
        text!(
            "gets no SMS; cannot be attached: -32311",
            "не получает SMS; не привязывается: -32311",
            "SMS olmaydi; biriktirib bo‘lmaydi: -32311"
        ),
    ),
    (
        "corporate",
        text!(
            "corporate; cannot be attached: -32374",
            "корпоративная; не привязывается: -32374",
            "korporativ; biriktirib bo‘lmaydi: -32374"
        ),
    ),
    (
        "inactive",
        text!(
            "not active; cannot be attached",
            "не активна; не привязывается",
            "faol emas; biriktirib bo‘lmaydi"
        ),
    ),
    (
        "credit_refused",
        text!(
            "refuses as a recipient: -32390",
            "отказывает как получатель: -32390",
            "qabul qiluvchi sifatida rad etadi: -32390"
        ),
    ),
    (
        "reply_lost",
        text!(
            "carried out, the reply never comes: -32379",
            "выполняется, ответ не приходит: -32379",
            "bajariladi, javob kelmaydi: -32379"
        ),
    ),
    (
        "request_lost",
        text!(
            "not carried out, no reply: -32379",
            "не выполняется, ответа нет: -32379",
            "bajarilmaydi, javob yo‘q: -32379"
        ),
    ),
    (
        "slow",
        text!(
            "answers after 10 seconds",
            "отвечает через 10 секунд",
            "10 soniyadan keyin javob beradi"
        ),
    ),
    (
        "http500",
        text!(
            "HTTP 500, not carried out",
            "HTTP 500, не выполняется",
            "HTTP 500, bajarilmaydi"
        ),
    ),
    (
        "garbage",
        text!(
            "carried out, unreadable reply",
            "выполняется, ответ нечитаем",
            "bajariladi, javobni o‘qib bo‘lmaydi"
        ),
    ),
];

pub(crate) static FAULTS: Guide = Guide {
    id: "faults",
    title: text!("Faults and the clock", "Сбои и часы", "Nosozliklar va soat"),
    blocks: &[
        Block::Paragraph(text!(
            "The sandbox listens at `{control}`. It keeps real balances: a debit lowers one, a reversal restores it, a transfer conserves the sum.",
            "Песочница слушает `{control}`. Она ведёт настоящие балансы: списание уменьшает баланс, возврат восстанавливает, перевод сохраняет сумму.",
            "Sinov muhiti `{control}` manzilida. U haqiqiy balanslarni yuritadi: yechish kamaytiradi, qaytarish tiklaydi, o‘tkazma summani saqlaydi.",
        )),
        Block::Table {
            head: &[
                text!("Request", "Запрос", "So‘rov"),
                text!("What it does", "Что делает", "Nima qiladi"),
            ],
            rows: &[
                &[
                    Text::same("`GET /sandbox/cards`"),
                    text!(
                        "the cards with their balances now",
                        "карты с текущими балансами",
                        "kartalar va ularning hozirgi balanslari"
                    ),
                ],
                &[
                    Text::same("`GET /sandbox/messages?phone=998…`"),
                    text!(
                        "the SMS sent to a phone, newest last",
                        "SMS на номер, новые в конце",
                        "raqamga yuborilgan SMSlar, yangilari oxirida"
                    ),
                ],
                &[
                    Text::same("`GET /sandbox/ledger`"),
                    text!(
                        "everything that moved money",
                        "всё, что двигало деньги",
                        "pulni harakatlantirgan hamma narsa"
                    ),
                ],
                &[
                    Text::same("`POST /sandbox/faults`"),
                    text!(
                        "scripts the next calls; `DELETE` clears",
                        "задаёт исход следующих вызовов; `DELETE` очищает",
                        "keyingi chaqiruvlar natijasini belgilaydi; `DELETE` tozalaydi"
                    ),
                ],
                &[
                    Text::same("`POST /sandbox/clock`"),
                    text!(
                        "`{\"advanceSeconds\": 604800}` moves the clock of gateway and networks on, so that a hold ends now",
                        "`{\"advanceSeconds\": 604800}` переводит часы шлюза и сетей вперёд, и холд истекает сейчас",
                        "`{\"advanceSeconds\": 604800}` shlyuz va tarmoqlar soatini oldinga suradi, shunda xold hozir tugaydi"
                    ),
                ],
                &[
                    Text::same("`POST /sandbox/history`"),
                    text!(
                        "`{pan, count, from, to}` fills a card's history",
                        "`{pan, count, from, to}` наполняет историю карты",
                        "`{pan, count, from, to}` karta tarixini to‘ldiradi"
                    ),
                ],
            ],
        },
        Block::Json(
            text!(
                "The next debit of UZCARD is carried out, and its reply is lost",
                "Следующее списание UZCARD выполнится, но ответ потеряется",
                "UZCARDning keyingi yechib olishi bajariladi, lekin javobi yo‘qoladi"
            ),
            r#"{"network": "UZCARD", "operation": "pay", "kind": "drop_after", "times": 1}"#,
        ),
        Block::Paragraph(text!(
            "As a command: `curl {control}/sandbox/faults -d '{\"network\": \"UZCARD\", \"operation\": \"pay\", \"kind\": \"drop_after\", \"times\": 1}'`",
            "Командой: `curl {control}/sandbox/faults -d '{\"network\": \"UZCARD\", \"operation\": \"pay\", \"kind\": \"drop_after\", \"times\": 1}'`",
            "Buyruq bilan: `curl {control}/sandbox/faults -d '{\"network\": \"UZCARD\", \"operation\": \"pay\", \"kind\": \"drop_after\", \"times\": 1}'`",
        )),
        Block::List(&[
            text!(
                "`network`: `UZCARD`, `HUMO`, `SMS`, `FISCAL`.",
                "`network`: `UZCARD`, `HUMO`, `SMS`, `FISCAL`.",
                "`network`: `UZCARD`, `HUMO`, `SMS`, `FISCAL`."
            ),
            text!(
                "`operation`: `pay`, `hold`, `capture`, `release`, `reverse`, `credit`, `p2p`, `confirm`, `lookup`, `info`, `code`, `reconcile`, `any`.",
                "`operation`: `pay`, `hold`, `capture`, `release`, `reverse`, `credit`, `p2p`, `confirm`, `lookup`, `info`, `code`, `reconcile`, `any`.",
                "`operation`: `pay`, `hold`, `capture`, `release`, `reverse`, `credit`, `p2p`, `confirm`, `lookup`, `info`, `code`, `reconcile`, `any`.",
            ),
            text!(
                "`kind`: `delay` with `delayMs`; `drop_`, `reset_`, `http_500_`, `garbage_` with `before` or `after` the execution; `decline` and `code_after` with the network's `code`.",
                "`kind`: `delay` с `delayMs`; `drop_`, `reset_`, `http_500_`, `garbage_` с `before` или `after` (до или после выполнения); `decline` и `code_after` с кодом сети `code`.",
                "`kind`: `delayMs` bilan `delay`; `before` yoki `after` (bajarilishdan oldin yoki keyin) bilan `drop_`, `reset_`, `http_500_`, `garbage_`; tarmoqning `code` kodi bilan `decline` va `code_after`.",
            ),
        ]),
        Block::Paragraph(text!(
            "Seven days pass: `curl {control}/sandbox/clock -d '{\"advanceSeconds\": 604800}'`. Time never goes back, and a step is at most 30 days. The pauses between tries of a webhook follow this clock, too; `webhook-timestamp` is real time. Do not move the clock while calls run.",
            "Проходят семь дней: `curl {control}/sandbox/clock -d '{\"advanceSeconds\": 604800}'`. Время никогда не идёт назад, шаг — не больше 30 дней. Паузы между попытками вебхука тоже идут по этим часам; `webhook-timestamp` — настоящее время. Не переводите часы, пока идут вызовы.",
            "Yetti kun o‘tadi: `curl {control}/sandbox/clock -d '{\"advanceSeconds\": 604800}'`. Vaqt hech qachon orqaga qaytmaydi, bir qadam ko‘pi bilan 30 kun. Vebxuk urinishlari orasidagi tanaffuslar ham shu soat bo‘yicha o‘tadi; `webhook-timestamp` — haqiqiy vaqt. Chaqiruvlar bajarilayotganda soatni surmang.",
        )),
    ],
};
